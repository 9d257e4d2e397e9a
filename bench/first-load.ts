import { existsSync } from "node:fs";
import { chromium, type Page } from "@playwright/test";
import type { Goal } from "./goal.ts";
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
 * The scripts that the chat page asks for until it can be used: until React has taken over the composer and the browser
 * is idle for the first time after that. What the page fetches later, at leisure, is not part of it.
 */
export async function measureFirstLoad(url: string, people: readonly Person[]): Promise<Goal> {
	const executablePath = browserPaths.find((path) => existsSync(path));
	const browser = await chromium.launch({ executablePath, args: flags });
	try {
		const context = await browser.newContext();
		const [name = "", value = ""] = people[0]?.cookie.split(/=(.*)/s) ?? [];
		await context.addCookies([{ name, value, url }]);
		const page = await context.newPage();
		await page.addInitScript(noteFirstIdle);
		await page.goto(url, { waitUntil: "load", timeout: 30_000 });
		await waitForFirstIdle(page);
		await page.waitForTimeout(3_000);
		return toGoal(await readScripts(page));
	} finally {
		await browser.close();
	}
}

/** Asked from outside: the page's policy lets nothing be evaluated inside it, and Playwright's own waiting does that. */
async function waitForFirstIdle(page: Page): Promise<void> {
	for (const until = Date.now() + 30_000; Date.now() < until; await page.waitForTimeout(100))
		if (await page.evaluate(() => Reflect.has(window, "firstIdleAtMs"))) return;
	throw new Error("The chat page's composer was not taken over by React within 30 s.");
}

/**
 * Runs in the page, first of all. Notes when the first idle callback after React took over the composer begins, whosever
 * it is. React hangs its own keys on an element when it takes it over.
 */
function noteFirstIdle() {
	performance.setResourceTimingBufferSize(2_000);
	const isAlive = () =>
		Object.keys(document.querySelector("textarea") ?? {}).some((key) => key.startsWith("__reactProps"));
	const whenIdle = window.requestIdleCallback.bind(window);
	window.requestIdleCallback = (run, options) =>
		whenIdle((deadline) => {
			if (isAlive() && !Reflect.has(window, "firstIdleAtMs"))
				Object.assign(window, { firstIdleAtMs: performance.now() });
			run(deadline);
		}, options);
	const look = () => (isAlive() ? window.requestIdleCallback(() => undefined) : requestAnimationFrame(look));
	look();
}

interface Script {
	readonly name: string;
	readonly bytes: number;
	readonly isFirst: boolean;
}

function readScripts(page: Page): Promise<Script[]> {
	return page.evaluate(() => {
		const firstIdleAtMs = Number(Reflect.get(window, "firstIdleAtMs"));
		const entries = performance.getEntriesByType("resource") as PerformanceResourceTiming[];
		return entries
			.filter(({ name }) => new URL(name).pathname.endsWith(".js"))
			.map(({ name, encodedBodySize, startTime }) => ({
				name,
				bytes: encodedBodySize,
				isFirst: startTime < firstIdleAtMs,
			}));
	});
}

function toGoal(scripts: readonly Script[]): Goal {
	// A script that was preloaded has two entries.
	const once = [...Map.groupBy(scripts, ({ name }) => name).values()].map((entries) => ({
		bytes: Math.max(...entries.map(({ bytes }) => bytes)),
		isFirst: entries.some(({ isFirst }) => isFirst),
	}));
	const toKb = (list: typeof once) => list.reduce((sum, { bytes }) => sum + bytes, 0) / 1_000;
	const first = once.filter(({ isFirst }) => isFirst);
	const measured = Math.round(toKb(first) * 10) / 10;
	return {
		what: "first-load JavaScript of the chat page, compressed",
		measured,
		goal: goalKb,
		unit: " KB",
		isReached: measured > 0 && measured <= goalKb,
		detail: `${first.length} files; ${(toKb(once) - measured).toFixed(0)} KB in ${once.length - first.length} files later, while idle`,
	};
}
