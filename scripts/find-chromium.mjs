// Which browser the tests run in: a given one, the machine's, Playwright's, or one that an npm package brings.
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { unpackChromium } from "./unpack-chromium.mjs";

const folders = ["/usr/bin", "/usr/local/bin", "/snap/bin", ...(process.env.PATH ?? "").split(delimiter)];
const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
const macPath = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome";

/**
 * The path of a browser that shows a page here, and the environment it needs.
 * @returns {Promise<{ path: string, env: Record<string, string> }>}
 */
export async function findChromium() {
	const given = process.env.PARLEY_CHROMIUM;
	if (given) return { path: given, env: {} };
	const { chromium } = await import("@playwright/test");
	const installed = folders.flatMap((folder) => names.map((name) => join(folder, name)));
	for (const path of new Set([...installed, macPath, chromium.executablePath()])) {
		if (isProgram(path) && (await findProblem(chromium, { path, env: {} })) === null)
			return { path, env: {} };
	}
	const unpacked = await unpackChromium();
	const problem = await findProblem(chromium, unpacked);
	if (problem === null) return unpacked;
	throw new Error(
		`No Chromium starts here. Install one (apt-get install chromium), or set PARLEY_CHROMIUM. The last one said:\n${problem}`,
	);
}

function isProgram(path) {
	try {
		accessSync(path, constants.X_OK);
		return true;
	} catch {
		return false;
	}
}

/** null when the browser shows a page. */
async function findProblem(chromium, { path, env }) {
	let browser;
	try {
		const launch = {
			executablePath: path,
			args: ["--no-sandbox"],
			env: { ...process.env, ...env },
			timeout: 30_000,
		};
		browser = await chromium.launch(launch);
		const page = await browser.newPage();
		await page.goto("data:text/html,<p>ready</p>", { timeout: 30_000 });
		return (await page.textContent("p")) === "ready" ? null : "it shows nothing";
	} catch (error) {
		return error.message;
	} finally {
		await browser?.close();
	}
}
