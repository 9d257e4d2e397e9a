// Makes a checkout ready to run: packages, the right Node, a build. Plain JavaScript for Node 20, before anything is installed.
import { execFileSync, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join, relative } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

export const projectDir = fileURLToPath(new URL("..", import.meta.url));

const at = (...parts) => join(projectDir, ...parts);
/** The first version that runs TypeScript as it is. */
const nodeMin = [22, 18];
/** Progress is apart from what a program prints. */
const say = (text) => process.stderr.write(`  ${text}\n`);

/** A failure whose message is all that its reader needs. */
export class PrepareError extends Error {}

/** Runs `npm ci` when packages are missing or older than the lock file. */
export async function ensureInstalled() {
	if (isInstalled()) return;
	await alone("install", async () => {
		if (isInstalled()) return;
		// npm must not run on the Node that it is about to replace.
		const path = (process.env.PATH ?? "")
			.split(delimiter)
			.filter((folder) => !folder.includes("node_modules"));
		const env = { ...process.env, PATH: path.join(delimiter), NODE_ENV: "development" };
		await runStep("Installing packages", { file: "npm", args: ["ci", "--no-audit", "--no-fund"], env });
		writeFileSync(installStamp(), hashFile("package-lock.json"));
	});
}

/** Runs `next build` when there is no build of exactly these sources. */
export async function ensureBuilt(node) {
	if (isBuilt()) return;
	await alone("build", async () => {
		if (isBuilt()) return;
		const sources = hashSources();
		rmSync(buildStamp(), { force: true });
		const env = { ...withNode(process.env), NODE_ENV: "production", NEXT_TELEMETRY_DISABLED: "1" };
		const args = [at("node_modules", "next", "dist", "bin", "next"), "build"];
		await runStep("Building the pages", { file: node, args, env });
		writeFileSync(buildStamp(), sources);
	});
}

/** The path of a Node that runs TypeScript: the one that npm installed here, else the one that runs this. */
export function findNode() {
	const suffix = process.platform === "win32" ? ".exe" : "";
	for (const path of [at("node_modules", ".bin", `node${suffix}`), process.execPath]) {
		if (isNodeNewEnough(path)) return path;
	}
	const message = `Parley needs Node ${nodeMin.join(".")} or newer. This is ${process.version}, and npm has none for ${process.platform}-${process.arch}: install one from https://nodejs.org`;
	throw new PrepareError(message);
}

/** The environment in which programs, and those that they start, find the project's Node and tools first. */
export function withNode(env) {
	return { ...env, PATH: [at("node_modules", ".bin"), env.PATH ?? ""].join(delimiter) };
}

function isInstalled() {
	const installed = at("node_modules", ".package-lock.json");
	if (!existsSync(installed)) return false;
	const stamp = existsSync(installStamp()) ? readFileSync(installStamp(), "utf8") : null;
	if (stamp === hashFile("package-lock.json")) return true;
	return statSync(installed).mtimeMs >= statSync(at("package-lock.json")).mtimeMs;
}

function isBuilt() {
	if (!existsSync(at(".next", "BUILD_ID")) || !existsSync(buildStamp())) return false;
	return readFileSync(buildStamp(), "utf8") === hashSources();
}

const installStamp = () => at("node_modules", ".parley-installed");
const buildStamp = () => at(".next", "parley-sources");

function hashFile(path) {
	return createHash("sha256")
		.update(readFileSync(at(path)))
		.digest("hex");
}

/** What pages are made of, by content: as good as a commit, also for changes that are not committed, also without git. */
function hashSources() {
	const folders = ["app", "components", "drizzle/schema", "public", "server"];
	const files = ["next.config.ts", "package-lock.json", "postcss.config.mjs", "proxy.ts", "tsconfig.json"];
	const isTest = (path) => /\.test\.tsx?$/.test(path) || path.startsWith(join("server", "testing"));
	const inFolders = folders.flatMap((folder) =>
		listFiles(at(folder)).map((path) => relative(projectDir, path)),
	);
	const hash = createHash("sha256");
	for (const path of [...files, ...inFolders].filter((one) => !isTest(one)).sort()) {
		if (existsSync(at(path)))
			hash
				.update(`${path}\0`)
				.update(readFileSync(at(path)))
				.update("\0");
	}
	return hash.digest("hex");
}

function listFiles(folder) {
	if (!existsSync(folder)) return [];
	return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
		const path = join(folder, entry.name);
		return entry.isDirectory() ? listFiles(path) : [path];
	});
}

function isNodeNewEnough(path) {
	try {
		const version = execFileSync(path, ["--version"], {
			encoding: "utf8",
			stdio: ["ignore", "pipe", "ignore"],
		});
		const [major = 0, minor = 0] = version.trim().slice(1).split(".").map(Number);
		return major > nodeMin[0] || (major === nodeMin[0] && minor >= nodeMin[1]);
	} catch {
		return false;
	}
}

/** Runs a long program quietly: one line with the seconds, and what it printed only if it fails. */
async function runStep(title, { file, args, env }) {
	const startedAt = Date.now();
	const seconds = () => Math.round((Date.now() - startedAt) / 1_000);
	say(`… ${title} (about a minute)`);
	const ticker = setInterval(() => say(`… ${title}: ${seconds()} s`), 10_000);
	const shell = process.platform === "win32" && file === "npm";
	const child = spawn(file, args, { cwd: projectDir, env, shell, stdio: ["ignore", "pipe", "pipe"] });
	const stop = () => child.kill("SIGTERM");
	for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, stop);
	let output = "";
	for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (output += chunk));
	const code = await new Promise((resolve) => {
		child.once("error", (error) => resolve(error.message));
		child.once("close", (exitCode, signal) => resolve(exitCode ?? signal));
	});
	clearInterval(ticker);
	for (const signal of ["SIGINT", "SIGTERM"]) process.removeListener(signal, stop);
	if (code !== 0) throw new PrepareError(`${output.slice(-8_000).trimEnd()}\n  ✗ ${title} failed (${code})`);
	say(`✓ ${title}: ${seconds()} s`);
}

/** Two starts in one checkout take turns. The lock of a process that is gone counts for nothing. */
async function alone(step, run) {
	const name = createHash("sha256").update(projectDir).digest("hex").slice(0, 16);
	const user = process.getuid?.() ?? "user";
	const lock = join(tmpdir(), `parley-${user}-${name}-${step}.lock`);
	for (let isFirst = true; !tryLock(lock); isFirst = false) {
		if (isFirst) say(`… Waiting for another process that does the same (${step})`);
		await sleep(500);
	}
	try {
		await run();
	} finally {
		rmSync(lock, { recursive: true, force: true });
	}
}

function tryLock(lock) {
	try {
		mkdirSync(lock);
		writeFileSync(join(lock, "pid"), String(process.pid));
		return true;
	} catch (error) {
		if (error.code !== "EEXIST") throw error;
		if (!isHeld(lock)) rmSync(lock, { recursive: true, force: true });
		return false;
	}
}

function isHeld(lock) {
	try {
		process.kill(Number(readFileSync(join(lock, "pid"), "utf8")), 0);
		return true;
	} catch (error) {
		if (error.code === "EPERM") return true;
		// Its owner may not have written its number yet.
		return (
			error.code === "ENOENT" &&
			Date.now() - (statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? 0) < 2_000
		);
	}
}
