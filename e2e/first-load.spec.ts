import { expect, test } from "./fixtures.ts";
import { waitUntilHydrated } from "./pages/hydrated.ts";
import { watchScripts } from "./support/scripts.ts";

/** KB of 1,000 bytes, compressed as they travel. */
const goalKb = 280;

test("an empty chat loads at most 280 KB of scripts, and the parser only when a person is there", async ({
	openBrowser,
	person,
}) => {
	const page = await openBrowser(person);
	const readScripts = await watchScripts(page);
	await page.goto("/");
	await waitUntilHydrated(page);
	const scripts = await readScripts();
	const kb = scripts.reduce((sum, { bytes }) => sum + bytes, 0) / 1_000;
	console.log(`an empty chat: ${kb.toFixed(1)} KB of scripts in ${scripts.length} files, goal ${goalKb}`);
	expect(scripts.length).toBeGreaterThan(5);
	expect(kb).toBeLessThanOrEqual(goalKb);
	expect(page.workers()).toHaveLength(0);
	await page.keyboard.press("a");
	await expect.poll(() => page.workers().length).toBe(1);
});
