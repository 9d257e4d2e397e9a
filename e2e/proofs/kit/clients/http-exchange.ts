import http from "node:http";

/** The load balancer says in this header which instance answered. */
export const instanceHeader = "x-chaos-instance";

/** A connection for each request, so that each one may reach another process. */
const agent = new http.Agent({ keepAlive: false });

export interface HttpRequest {
	readonly method: "GET" | "POST";
	readonly headers?: Record<string, string>;
	readonly body?: string;
	/** Milliseconds in which the whole answer must arrive. */
	readonly timeoutMs: number;
}

export interface HttpAnswer {
	readonly status: number;
	readonly text: string;
	/** The instance that answered; null when no load balancer was in between. */
	readonly via: number | null;
}

/** @throws when no whole answer arrives. */
export function request(url: string, { method, headers, body, timeoutMs }: HttpRequest): Promise<HttpAnswer> {
	const { promise, resolve, reject } = Promise.withResolvers<HttpAnswer>();
	const outgoing = http.request(url, { method, headers, agent }, (response) => {
		let text = "";
		response.setEncoding("utf8");
		response.on("data", (chunk: string) => {
			text += chunk;
		});
		response.on("error", reject);
		response.on("end", () => resolve({ status: response.statusCode ?? 0, text, via: toVia(response) }));
	});
	outgoing.on("error", reject);
	const timer = setTimeout(() => outgoing.destroy(new Error("no answer in time")), timeoutMs);
	outgoing.end(body);
	return promise.finally(() => clearTimeout(timer));
}

/** One server-sent event. */
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

/** Reads server-sent events until the stream ends. Returns how: `end`, `broken`, `idle`, `left` or `http STATUS`. */
export function readStream(url: string, input: StreamInput): Promise<string> {
	const { promise, resolve } = Promise.withResolvers<string>();
	const { headers, idleMs, signal } = input;
	const outgoing = http.get(url, { headers, agent }, (response) => {
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
		outgoing.destroy();
	};
	const onAbort = () => leave("left");
	const timer = setTimeout(() => leave("idle"), idleMs);
	signal.addEventListener("abort", onAbort, { once: true });
	outgoing.on("error", () => resolve("broken"));
	return promise.finally(() => {
		clearTimeout(timer);
		signal.removeEventListener("abort", onAbort);
	});
}

function toWireEvent(block: string): WireEvent {
	let event = "message";
	let data = "";
	let id: string | null = null;
	for (const line of block.split("\n")) {
		if (line.startsWith("data: ")) data += line.slice(6);
		else if (line.startsWith("id: ")) id = line.slice(4);
		else if (line.startsWith("event: ")) event = line.slice(7);
	}
	return { event, data, id };
}

function toVia({ headers }: http.IncomingMessage): number | null {
	const named = headers[instanceHeader];
	return typeof named === "string" ? Number(named) : null;
}
