import { type ChildProcess, spawn } from "node:child_process";
import { createWriteStream, existsSync, readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/** Clock ticks of /proc in a second; fixed by the kernel's interface to user space. */
const ticksPerSecond = 100;
const endTimeoutMs = 20_000;

export interface Usage {
	/** Seconds of all cores, user and system, ended children included. */
	readonly cpuSeconds: number;
	/** Resident memory; pages that processes share count once in each. */
	readonly rssBytes: number;
	/**
	 * Resident memory without the pages of files (the program itself, libraries), which the kernel drops and reads again as it
	 * likes: with them 200 MiB come and go in an idle process.
	 */
	readonly anonymousBytes: number;
}

export interface Started {
	readonly pid: number;
	/** Null while it runs, and for one that a signal ended. */
	exitCode(): number | null;
	/** SIGTERM, then, 20 s later, SIGKILL; resolves when it has ended. */
	end(): Promise<void>;
}

export interface StartInput {
	readonly command: readonly string[];
	readonly cwd: string;
	readonly env?: Record<string, string>;
	/** Takes what the process prints. */
	readonly logFile: string;
	/** Answers with any HTTP status below 500 once the process is up. */
	readonly readyUrl: string;
	/** Milliseconds until it must answer; 120 s when nothing is said. */
	readonly startTimeoutMs?: number;
}

/** Starts a process of its own and waits until it answers. @throws when it ends or stays silent. */
export async function startProcess(input: StartInput): Promise<Started> {
	const [program = "", ...args] = input.command;
	const child = spawn(program, args, {
		cwd: input.cwd,
		env: { ...withoutOurSettings(), NODE_ENV: "production", ...input.env },
		stdio: ["ignore", "pipe", "pipe"],
	});
	const log = createWriteStream(input.logFile);
	child.stdout.pipe(log);
	child.stderr.pipe(log);
	try {
		await answers(input, child);
		return { pid: child.pid ?? 0, exitCode: () => child.exitCode, end: () => endProcess(child) };
	} catch (error) {
		await endProcess(child);
		throw error;
	}
}

/** The caller's own Parley settings must not bend the measured one. */
function withoutOurSettings(): Record<string, string> {
	const kept = ["PATH", "HOME", "TMPDIR", "LANG"];
	return Object.fromEntries(kept.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])));
}

async function answers(input: StartInput, child: ChildProcess): Promise<void> {
	const { readyUrl, logFile, startTimeoutMs = 120_000 } = input;
	for (const until = Date.now() + startTimeoutMs; Date.now() < until; await sleep(100)) {
		if (child.exitCode !== null || child.signalCode !== null) break;
		const response = await fetch(readyUrl).catch(() => null);
		await response?.arrayBuffer();
		if (response && response.status < 500) return;
	}
	throw new Error(`${readyUrl} does not answer:\n${readFileSync(logFile, "utf8").slice(-2_000)}`);
}

async function endProcess(child: ChildProcess): Promise<void> {
	if (child.exitCode !== null || child.signalCode !== null) return;
	const ended = new Promise((resolve) => child.once("exit", resolve));
	child.kill("SIGTERM");
	const timer = setTimeout(() => child.kill("SIGKILL"), endTimeoutMs);
	await ended;
	clearTimeout(timer);
}

/** What a process and all its descendants have used, without the trees below `except`. */
export function readUsage(rootPid: number, except: readonly number[] = []): Usage {
	const processes = readProcesses();
	const childrenOf = Map.groupBy(processes.values(), ({ parentPid }) => parentPid);
	let cpuTicks = 0;
	let rssBytes = 0;
	let anonymousBytes = 0;
	const open = [rootPid];
	for (let pid = open.pop(); pid !== undefined; pid = open.pop()) {
		const found = processes.get(pid);
		if (!found || except.includes(pid)) continue;
		cpuTicks += found.cpuTicks;
		rssBytes += found.rssBytes;
		anonymousBytes += readAnonymousBytes(pid);
		open.push(...(childrenOf.get(pid) ?? []).map((child) => child.pid));
	}
	return { cpuSeconds: cpuTicks / ticksPerSecond, rssBytes, anonymousBytes };
}

interface ProcessRow {
	readonly pid: number;
	readonly parentPid: number;
	readonly cpuTicks: number;
	readonly rssBytes: number;
}

function readProcesses(): Map<number, ProcessRow> {
	if (!existsSync("/proc/self/stat")) throw new Error("This measurement reads /proc, which is Linux's.");
	const rows = readdirSync("/proc")
		.filter((name) => /^\d+$/.test(name))
		.flatMap((name) => readProcess(Number(name)) ?? []);
	return new Map(rows.map((row) => [row.pid, row]));
}

/** 0 for a process that has just ended. */
function readAnonymousBytes(pid: number): number {
	try {
		const [, kib] = /^RssAnon:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
		return Number(kib ?? 0) * 1_024;
	} catch {
		return 0;
	}
}

/** Null for a process that has just ended. */
function readProcess(pid: number): ProcessRow | null {
	let text: string;
	try {
		text = readFileSync(`/proc/${pid}/stat`, "utf8");
	} catch {
		return null;
	}
	// The name stands in brackets and may hold anything; numbers follow it (man 5 proc: field 3 is the first).
	const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
	const at = (field: number) => Number(fields[field - 3]);
	return {
		pid,
		parentPid: at(4),
		cpuTicks: at(14) + at(15) + at(16) + at(17),
		rssBytes: at(24) * 4_096,
	};
}
