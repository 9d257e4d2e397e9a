import AxeBuilder from "@axe-core/playwright";
import { expect, type Page } from "@playwright/test";

/** Checks the page as it is, in both themes. */
export async function expectNoViolations(page: Page, where: string): Promise<void> {
	for (const colorScheme of ["light", "dark"] as const) {
		await page.emulateMedia({ colorScheme });
		await expect(page.locator("html")).toHaveAttribute("data-theme", colorScheme);
		// The name of what lies below the pointer would appear while the page is read.
		await page.mouse.move(0, 0);
		// A panel that is still fading in has other colours than the one that people read.
		await page.evaluate(() =>
			Promise.all(
				document
					.getAnimations()
					.filter(({ effect }) => effect?.getComputedTiming().endTime !== Number.POSITIVE_INFINITY)
					.map(({ finished }) => finished),
			),
		);
		const { violations } = await new AxeBuilder({ page }).analyze();
		const found = violations.map(({ id, nodes }) => ({
			id,
			at: nodes.map(({ html }) => html.slice(0, 160)),
		}));
		expect(found, `${where}, ${colorScheme}`).toEqual([]);
	}
}
