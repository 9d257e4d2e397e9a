import http from "node:http";
import { setTimeout as sleep } from "node:timers/promises";

/** The front says in it which instance answered. */
export const instanceHeader = "x-chaos-instance";

/** A connection for each request: which process answers is decided anew each time. */
const agent = new http.Agent({ keepAlive: false });

export interface Asked {
	readonly method: "GET" | "POST";
	readonly headers?: Record<string, string>;
	readonly body?: string;
	/** Milliseconds in which the whole answer must be here. */
	readonly timeoutMs: number;
}

export interface Answer {
	readonly status: number;
	readonly text: string;
	/** The instance that answered, if the front or nobody was in between. */
	readonly via: number | null;
}

/** @throws when no whole answer came. */
export function ask(url: string, { method, headers, body, timeoutMs }: Asked): Promise<Answer> {
	const { promise, resolve, reject } = Promise.withResolvers<Answer>();
	const request = http.request(url, { method, headers, agent }, (response) => {
		let text = "";
		response.setEncoding("utf8");
		response.on("data", (chunk: string) => {
			text += chunk;
		});
		response.on("error", reject);
		response.on("end", () => resolve({ status: response.statusCode ?? 0, text, via: toVia(response) }));
	});
	request.on("error", reject);
	const timer = setTimeout(() => request.destroy(new Error("no answer in time")), timeoutMs);
	request.end(body);
	return promise.finally(() => clearTimeout(timer));
}

/** One server-sent event: its lines by field. */
export interface WireEvent {
	readonly event: string;
	readonly data: string;
	readonly id: string | null;
}

export interface StreamInput {
	readonly headers: Record<string, string>;
	/** Milliseconds of silence after which the stream counts as broken. */
	readonly idleMs: number;
	readonly signal: AbortSignal;
	onOpen(via: number | null): void;
	onEvent(event: WireEvent): void;
}

/** Reads server-sent events until the stream ends. Says how: `end`, `broken`, `idle`, `left` or `http STATUS`. */
export function readStream(url: string, input: StreamInput): Promise<string> {
	const { promise, resolve } = Promise.withResolvers<string>();
	const { headers, idleMs, signal } = input;
	const request = http.get(url, { headers, agent }, (response) => {
		if (response.statusCode !== 200) {
			response.resume();
			return resolve(`http ${response.statusCode}`);
		}
		input.onOpen(toVia(response));
		let rest = "";
		response.setEncoding("utf8");
		response.on("data", (chunk: string) => {
			timer.refresh();
			const blocks = (rest + chunk).split("\n\n");
			rest = blocks.pop() ?? "";
			for (const block of blocks) if (!signal.aborted) input.onEvent(toWireEvent(block));
		});
		response.on("end", () => resolve("end"));
		response.on("error", () => resolve("broken"));
		response.on("close", () => resolve("broken"));
	});
	const leave = (how: string) => {
		resolve(how);
		request.destroy();
	};
	const onAbort = () => leave("left");
	const timer = setTimeout(() => leave("idle"), idleMs);
	signal.addEventListener("abort", onAbort, { once: true });
	request.on("error", () => resolve("broken"));
	return promise.finally(() => {
		clearTimeout(timer);
		signal.removeEventListener("abort", onAbort);
	});
}

function toWireEvent(block: string): WireEvent {
	const fields = { event: "message", data: "", id: null as string | null };
	for (const line of block.split("\n")) {
		if (line.startsWith("data: ")) fields.data += line.slice(6);
		else if (line.startsWith("id: ")) fields.id = line.slice(4);
		else if (line.startsWith("event: ")) fields.event = line.slice(7);
	}
	return fields;
}

function toVia({ headers }: http.IncomingMessage): number | null {
	const named = headers[instanceHeader];
	return typeof named === "string" ? Number(named) : null;
}

/** Whether the condition came to hold in time. */
export async function waitUntil(
	holds: () => boolean | Promise<boolean>,
	timeoutMs: number,
	everyMs = 50,
): Promise<boolean> {
	for (const until = Date.now() + timeoutMs; Date.now() < until; await sleep(everyMs))
		if (await holds()) return true;
	return await holds();
}
