import { existsSync } from "node:fs";
import { defineConfig, devices } from "@playwright/test";

const chromium = "/usr/bin/chromium";

/** The browser suite: one real server with one real database per worker, and the simulator as its provider. */
export default defineConfig({
	testDir: "e2e",
	testMatch: "**/*.spec.ts",
	outputDir: "test-results",
	reporter: process.env.CI ? [["list"], ["json", { outputFile: "test-results/report.json" }]] : "list",
	workers: 1,
	fullyParallel: false,
	retries: 0,
	forbidOnly: true,
	// Generous, because two busy cores carry the browser, the server, the database and the provider.
	timeout: 60_000,
	expect: { timeout: 15_000 },
	use: {
		actionTimeout: 15_000,
		navigationTimeout: 30_000,
		locale: "en-US",
		trace: "retain-on-failure",
		permissions: ["clipboard-read", "clipboard-write"],
	},
	projects: [
		{
			name: "chromium",
			use: {
				...devices["Desktop Chrome"],
				headless: true,
				launchOptions: {
					...(existsSync(chromium) && { executablePath: chromium }),
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
