import type { Page } from "@playwright/test";

/** Before React has taken over, a page is a picture: what is typed or clicked may be lost. */
export async function waitUntilHydrated(page: Page): Promise<void> {
	await page.waitForFunction(() => document.documentElement.dataset.hydrated === "true");
}
