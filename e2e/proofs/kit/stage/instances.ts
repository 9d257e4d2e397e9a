import { setTimeout as sleep } from "node:timers/promises";
import { readUsage } from "../../../../bench/proc.ts";
import type { ChaosProxy } from "../../../../server/testing/servers/chaos-proxy.ts";
import { type Child, startChild } from "../../../support/child.ts";
import { request } from "../clients/http-exchange.ts";
import type { DatabaseWay } from "./database-ways.ts";

const readyTimeoutMs = 60_000;
/** What Parley promises for the time from SIGTERM to its exit. */
export const drainMsMax = 65_000;

/** One place of the cluster: a server process, started again and again at the same port. */
export interface Instance {
	readonly index: number;
	readonly url: string;
	/** How it reaches the database. */
	readonly way: DatabaseWay;
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
	readonly way: DatabaseWay;
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

export const createInstance = (input: InstanceInput): Instance => new ServerProcess(input);

class ServerProcess implements Instance {
	readonly index: number;
	readonly url: string;
	readonly way: DatabaseWay;
	readonly database: ChaosProxy;
	state: Instance["state"] = "down";
	readonly #input: InstanceInput;
	#child: Child | null = null;
	/** The output of the process before: usually the reason why a start failed. */
	#outputBefore = "";

	constructor(input: InstanceInput) {
		this.#input = input;
		this.index = input.index;
		this.url = `http://127.0.0.1:${input.port}`;
		this.way = input.way;
		this.database = input.database;
	}

	async start(): Promise<void> {
		this.state = "starting";
		const deadline = Date.now() + readyTimeoutMs;
		do {
			if (this.#hasEnded()) this.#child = this.#spawn();
			await sleep(100);
			if (Date.now() > deadline) throw new Error(`Instance ${this.index} does not start:\n${this.output()}`);
		} while (!(await this.isReady()));
		this.state = "up";
	}

	async kill(): Promise<void> {
		this.state = "down";
		await this.#child?.end("SIGKILL");
	}

	freeze(): void {
		this.state = "frozen";
		this.#send("SIGSTOP");
	}

	thaw(): void {
		this.#send("SIGCONT");
		this.state = "up";
	}

	async drain(): Promise<{ readonly ending: string; readonly tookMs: number }> {
		this.state = "draining";
		const startedAtMs = Date.now();
		const timer = setTimeout(() => this.#send("SIGKILL"), drainMsMax + 10_000);
		await this.#child?.end("SIGTERM");
		clearTimeout(timer);
		this.state = "down";
		const { exitCode = null, signalCode = null } = this.#child?.process ?? {};
		return { ending: signalCode ?? `exit ${exitCode}`, tookMs: Date.now() - startedAtMs };
	}

	async isReady(): Promise<boolean> {
		return await request(`${this.url}/api/health/ready`, { method: "GET", timeoutMs: 1_000 }).then(
			({ status }) => status === 200,
			() => false,
		);
	}

	memoryBytes(): number | null {
		const pid = this.#child?.process.pid;
		return pid && process.platform === "linux" ? readUsage(pid).anonymousBytes : null;
	}

	output(): string {
		return this.#outputBefore + (this.#child?.output() ?? "");
	}

	#spawn(): Child {
		this.#outputBefore = this.#child?.output() ?? "";
		const spawned = startChild("server/main.ts", [], this.#input.env);
		this.#input.onStart(spawned);
		spawned.process.once("exit", (code, signal) => {
			if (this.state !== "up" || this.#child !== spawned) return;
			const words = `${signal ?? `exit ${code}`}: ${toLastLines(spawned.output())}`;
			this.#input.onCrash({ instance: this.index, atMs: Date.now(), words });
			void this.start().catch(() => undefined);
		});
		return spawned;
	}

	#send(signal: NodeJS.Signals): void {
		this.#child?.process.kill(signal);
	}

	#hasEnded(): boolean {
		const { exitCode = 0, signalCode = null } = this.#child?.process ?? {};
		return exitCode !== null || signalCode !== null;
	}
}

/** The last lines without those of the log, which the report lists by themselves. */
function toLastLines(output: string): string {
	const lines = output.split("\n").filter((line) => line.trim() && !line.startsWith("{"));
	return lines.slice(-3).join(" | ");
}
