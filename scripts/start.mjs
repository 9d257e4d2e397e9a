// `npm start` and `npm run dev` (--dev): installs, builds, runs the server. Plain JavaScript for Node 20.
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ensureBuilt, ensureInstalled, findNode, PrepareError, projectDir, withNode } from "./prepare.mjs";

const isDev = process.argv.includes("--dev");
/** A terminal and npm both pass on one Ctrl+C; a person's second one comes later. */
const repeatMs = 300;
let hasSignal = false;

function run(node) {
	const child = spawn(
		node,
		[
			"--disable-warning=ExperimentalWarning",
			"--import",
			"./scripts/follow-parent.mjs",
			join("server", "main.ts"),
			...process.argv.slice(2),
		],
		{
			cwd: projectDir,
			env: { ...withNode(process.env), NODE_ENV: isDev ? "development" : "production" },
			stdio: ["inherit", "inherit", "inherit", "ipc"],
		},
	);
	forwardSignals(child);
	if (process.env.npm_lifecycle_event) endWithNpm(child);
	child.once("error", (error) => fail(error.message));
	child.once("exit", (code, signal) => {
		const signalNumbers = { SIGHUP: 1, SIGINT: 2, SIGQUIT: 3, SIGKILL: 9, SIGTERM: 15 };
		process.exit(code ?? 128 + (signalNumbers[signal] ?? 1));
	});
}

/** The server ends, then this does. In a terminal Ctrl+C reaches the server without help. */
function forwardSignals(child) {
	const lastAt = {};
	for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
		process.on(signal, () => {
			const isRepeat = Date.now() - (lastAt[signal] ?? 0) < repeatMs;
			lastAt[signal] = Date.now();
			hasSignal = true;
			if (isRepeat || (signal === "SIGINT" && process.stdin.isTTY)) return;
			child.kill(signal === "SIGHUP" ? "SIGTERM" : signal);
		});
	}
}

/**
 * npm passes signals on to the shell that it had start this, and no further: the shell's end is that signal. An end of npm
 * itself under a living shell is SIGKILL.
 */
function endWithNpm(child) {
	const shell = process.ppid;
	const npm = findParentOf(shell);
	const timer = setInterval(() => {
		if (process.ppid === shell && findParentOf(shell) === npm) return;
		clearInterval(timer);
		if (process.ppid === shell) child.kill("SIGKILL");
		else if (!hasSignal) child.kill("SIGTERM");
	}, 200);
	timer.unref();
}

/** null where there is no /proc. */
function findParentOf(pid) {
	try {
		// The fields after the name, which ends at the last bracket: state, parent (proc_pid_stat(5)).
		const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
		return stat.slice(stat.lastIndexOf(")")).split(" ")[2];
	} catch {
		return null;
	}
}

function fail(message) {
	process.stderr.write(`\n  ✗ ${message}\n`);
	process.exit(1);
}

try {
	await ensureInstalled();
	const node = findNode();
	if (!isDev) await ensureBuilt(node);
	run(node);
} catch (error) {
	fail(error instanceof PrepareError ? error.message : (error.stack ?? error));
}
