import { setTimeout as sleep } from "node:timers/promises";
import { readUsage } from "../../../../bench/proc.ts";
import type { ChaosProxy } from "../../../../server/testing/servers/chaos-proxy.ts";
import { type Child, startChild } from "../../../support/child.ts";
import { request } from "../clients/http-exchange.ts";

const readyTimeoutMs = 60_000;
/** What Parley promises for the time from SIGTERM to its exit. */
export const drainMsMax = 65_000;

/** One place of the cluster: a server process, started again and again at the same port. */
export interface Instance {
	readonly index: number;
	readonly url: string;
	/** The proxy between it and the database. */
	readonly database: ChaosProxy;
	/** What the proof last did to it. */
	readonly state: "down" | "starting" | "up" | "frozen" | "draining";
	/** Starts it and waits until it is ready; retries a start that fails while storage is away. @throws after a minute */
	start(): Promise<void>;
	kill(): Promise<void>;
	freeze(): void;
	thaw(): void;
	/** SIGTERM; returns how it ended. */
	drain(): Promise<{ readonly ending: string; readonly tookMs: number }>;
	isReady(): Promise<boolean>;
	/** Resident memory without file pages, or null where it cannot be read. */
	memoryBytes(): number | null;
	/** The output of its last two processes. */
	output(): string;
}

export interface InstanceInput {
	readonly index: number;
	readonly port: number;
	readonly database: ChaosProxy;
	readonly env: Record<string, string>;
	/** Called with every process, so that none outlives the proof. */
	onStart(child: Child): void;
	/** Called when a process ends that the proof did not end; it is started again. */
	onCrash(crash: Crash): void;
}

export interface Crash {
	readonly instance: number;
	readonly atMs: number;
	/** How it ended, and its last lines. */
	readonly words: string;
}

export function createInstance(input: InstanceInput): Instance {
	const { index, port, database, env } = input;
	const url = `http://127.0.0.1:${port}`;
	let child: Child | null = null;
	let state: Instance["state"] = "down";
	/** The output of the process before: usually the reason why a start failed. */
	let outputBefore = "";
	const output = () => outputBefore + (child?.output() ?? "");
	const isReady = () =>
		request(`${url}/api/health/ready`, { method: "GET", timeoutMs: 1_000 }).then(
			({ status }) => status === 200,
			() => false,
		);
	const send = (signal: NodeJS.Signals) => void child?.process.kill(signal);
	const hasEnded = () => !child || child.process.exitCode !== null || child.process.signalCode !== null;

	function spawn(): Child {
		outputBefore = child?.output() ?? "";
		const spawned = startChild("server/main.ts", [], env);
		input.onStart(spawned);
		spawned.process.once("exit", (code, signal) => {
			if (state !== "up" || child !== spawned) return;
			// Without the log lines, which the report lists by themselves.
			const said = spawned
				.output()
				.split("\n")
				.filter((line) => line.trim() && !line.startsWith("{"));
			const words = `${signal ?? `exit ${code}`}: ${said.slice(-3).join(" | ")}`;
			input.onCrash({ instance: index, atMs: Date.now(), words });
			void start().catch(() => undefined);
		});
		return spawned;
	}

	async function start(): Promise<void> {
		state = "starting";
		const deadline = Date.now() + readyTimeoutMs;
		do {
			if (hasEnded()) child = spawn();
			await sleep(100);
			if (Date.now() > deadline) throw new Error(`Instance ${index} does not start:\n${output()}`);
		} while (!(await isReady()));
		state = "up";
	}

	return {
		index,
		url,
		database,
		isReady,
		start,
		get state() {
			return state;
		},
		async kill() {
			state = "down";
			await child?.end("SIGKILL");
		},
		freeze() {
			state = "frozen";
			send("SIGSTOP");
		},
		thaw() {
			send("SIGCONT");
			state = "up";
		},
		async drain() {
			state = "draining";
			const startedAtMs = Date.now();
			const timer = setTimeout(() => send("SIGKILL"), drainMsMax + 10_000);
			await child?.end("SIGTERM");
			clearTimeout(timer);
			state = "down";
			const { exitCode = null, signalCode = null } = child?.process ?? {};
			return { ending: signalCode ?? `exit ${exitCode}`, tookMs: Date.now() - startedAtMs };
		},
		memoryBytes() {
			const pid = child?.process.pid;
			return pid && process.platform === "linux" ? readUsage(pid).anonymousBytes : null;
		},
		output,
	};
}
