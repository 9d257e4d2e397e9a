// Which browser the tests run in: a given one, the machine's, Playwright's, or one that an npm package brings.
import { execFile } from "node:child_process";
import { accessSync, constants, existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { unpackChromium } from "./unpack-chromium.mjs";

const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/**
 * The path of a browser that starts here, and the environment it needs. Node 22 or newer.
 * @returns {Promise<{ path: string, env: Record<string, string> }>}
 */
export async function findChromium() {
	const given = process.env.PARLEY_CHROMIUM;
	if (given) return { path: given, env: {} };
	const installed = [
		"/usr/bin",
		"/usr/local/bin",
		"/snap/bin",
		...(process.env.PATH ?? "").split(delimiter),
	].flatMap((folder) => names.map((name) => join(folder, name)));
	const mac = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome";
	for (const path of [...new Set([...installed, mac]), await findPlaywrights()]) {
		if (path !== null && isProgram(path) && (await starts(path))) return { path, env: {} };
	}
	const unpacked = await unpackChromium();
	const problem = await startProblem(unpacked.path, unpacked.env);
	if (problem === null) return unpacked;
	throw new Error(
		`No Chromium starts here (${problem}). Install one (apt-get install chromium), or set PARLEY_CHROMIUM`,
	);
}

async function findPlaywrights() {
	const { chromium } = await import("@playwright/test");
	const path = chromium.executablePath();
	return path && existsSync(path) ? path : null;
}

function isProgram(path) {
	try {
		accessSync(path, constants.X_OK);
		return true;
	} catch {
		return false;
	}
}

const starts = async (path) => (await startProblem(path, {})) === null;

/** null when the browser shows an empty page. */
async function startProblem(path, env) {
	const flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"];
	try {
		const options = { env: { ...process.env, ...env }, timeout: 30_000 };
		const { stdout } = await promisify(execFile)(
			path,
			[...flags, "--dump-dom", "data:text/html,<p>ready</p>"],
			options,
		);
		return stdout.includes("ready") ? null : "it shows nothing";
	} catch (error) {
		return String(error.stderr || error.message)
			.trim()
			.split("\n")
			.slice(-1)[0];
	}
}
