import { defineConfig, devices } from "@playwright/test";
import { findChromium } from "./scripts/find-chromium.mjs";

// This file is read once more by each worker, which inherits what was found.
const browser = await findChromium();
Object.assign(process.env, browser.env, { PARLEY_CHROMIUM: browser.path });

/** The browser suite: one real server with one real database per worker, and the simulator as its provider. */
export default defineConfig({
	testDir: "e2e",
	testMatch: "**/*.spec.ts",
	outputDir: "test-results",
	reporter: "list",
	workers: 1,
	fullyParallel: false,
	// A test that passes only at the second try is a bug, of the product or of the test.
	retries: 0,
	forbidOnly: true,
	// Generous, because two busy cores carry the browser, the server, the database and the provider.
	timeout: 60_000,
	expect: { timeout: 15_000 },
	use: {
		actionTimeout: 15_000,
		navigationTimeout: 30_000,
		locale: "en-US",
		// Recording costs more than many a test: `--trace retain-on-failure` when one is needed.
		trace: "off",
		permissions: ["clipboard-read", "clipboard-write"],
	},
	projects: [
		{
			name: "chromium",
			use: {
				...devices["Desktop Chrome"],
				headless: true,
				launchOptions: {
					executablePath: browser.path,
					args: [
						"--no-sandbox",
						"--disable-quic",
						"--disable-background-networking",
						"--disable-component-update",
						"--disable-sync",
						"--no-first-run",
					],
				},
			},
		},
	],
});
