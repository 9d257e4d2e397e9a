import { existsSync } from "node:fs";
import { chromium } from "@playwright/test";
import { watchScripts } from "../e2e/support/scripts.ts";
import { type Goal, toGoal } from "./goal.ts";
import type { Person } from "./sign-in.ts";

/** KB of 1,000 bytes, compressed as they travel. */
const goalKb = 280;
const browserPaths = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
const flags = [
	"--no-sandbox",
	"--disable-quic",
	"--disable-background-networking",
	"--disable-component-update",
	"--disable-sync",
	"--no-first-run",
];

/**
 * The scripts that an empty chat loads in a browser that has nothing of it yet, with those of its workers, until the
 * network is quiet and nothing was typed. What the first key or the first answer loads is not part of it.
 */
export async function measureFirstLoad(url: string, people: readonly Person[]): Promise<Goal> {
	const executablePath = browserPaths.find((path) => existsSync(path));
	const browser = await chromium.launch({ executablePath, args: flags });
	try {
		const context = await browser.newContext();
		const [name = "", value = ""] = people[0]?.cookie.split(/=(.*)/s) ?? [];
		await context.addCookies([{ name, value, url }]);
		const page = await context.newPage();
		const readScripts = await watchScripts(page);
		await page.goto(url, { waitUntil: "load", timeout: 30_000 });
		const scripts = await readScripts();
		const kb = Math.round(scripts.reduce((sum, { bytes }) => sum + bytes, 0) / 100) / 10;
		return toGoal("JavaScript that an empty chat loads, compressed", scripts.length === 0 ? null : kb, {
			goal: goalKb,
			unit: " KB",
			detail: `${scripts.length} files until the network is quiet, workers included`,
		});
	} finally {
		await browser.close();
	}
}
