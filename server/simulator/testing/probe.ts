import { request } from "node:http";

/** Everything that an HTTP client can see of one exchange: nothing is decoded, followed or retried. */
export interface SeenResponse {
	/** Null when no header ever came. */
	readonly status: number | null;
	readonly headers: Record<string, string | string[] | undefined>;
	readonly chunks: readonly Buffer[];
	readonly body: Buffer;
	readonly text: string;
	/** `end`: whole; `left`: the probe ended it; otherwise the error's code, such as ECONNRESET. */
	readonly ending: string;
	readonly durationMs: number;
}

export interface ProbeInput {
	readonly url: string;
	readonly path?: string;
	readonly body?: unknown;
	readonly headers?: Record<string, string>;
	/** Leave after so many milliseconds. */
	readonly leaveAfterMs?: number;
	/** Leave after so many bytes. */
	readonly leaveAfterBytes?: number;
}

/** Sends one request over a connection of its own and reports what came back. */
export function probe(input: ProbeInput): Promise<SeenResponse> {
	const startedAt = performance.now();
	const chunks: Buffer[] = [];
	let status: number | null = null;
	let headers: SeenResponse["headers"] = {};
	let bytes = 0;
	return new Promise((resolve) => {
		const outgoing = request(new URL(input.path ?? "/v1/chat/completions", input.url), {
			method: input.body === undefined ? "GET" : "POST",
			agent: false,
			headers: { "content-type": "application/json", ...input.headers },
		});
		const timer = input.leaveAfterMs === undefined ? undefined : setTimeout(leave, input.leaveAfterMs);
		function settle(ending: string) {
			clearTimeout(timer);
			const body = Buffer.concat(chunks);
			const durationMs = performance.now() - startedAt;
			resolve({ status, headers, chunks, body, text: body.toString("utf8"), ending, durationMs });
		}
		function leave() {
			settle("left");
			outgoing.destroy();
		}
		const fail = (error: NodeJS.ErrnoException) => settle(error.code ?? error.message);
		outgoing.on("error", fail);
		outgoing.on("response", (response) => {
			status = response.statusCode ?? null;
			headers = response.headers;
			response.on("error", fail);
			response.on("end", () => settle("end"));
			response.on("data", (chunk: Buffer) => {
				chunks.push(chunk);
				bytes += chunk.length;
				if (bytes >= (input.leaveAfterBytes ?? Number.POSITIVE_INFINITY)) leave();
			});
		});
		outgoing.end(input.body === undefined ? undefined : JSON.stringify(input.body));
	});
}

interface ChunkChoice {
	readonly delta: { readonly content?: string; readonly reasoning_content?: string };
	readonly finish_reason: string | null;
}

/** A stream of chat completions, taken apart. */
export interface ReadAnswer {
	readonly payloads: readonly string[];
	readonly deltas: readonly string[];
	readonly text: string;
	readonly finishReason: string | null;
	readonly usage: unknown;
	readonly model: unknown;
	readonly doneMarks: number;
	readonly badEvents: number;
	readonly emptyChoices: number;
	readonly error: { readonly code: string } | null;
}

function parse(payload: string) {
	try {
		return JSON.parse(payload) as Record<string, unknown> & {
			choices?: ChunkChoice[];
			error?: { code: string };
		};
	} catch {
		return null;
	}
}

/** Reads server-sent events the plain way: blocks between blank lines, one `data:` line each. */
export function readAnswer(text: string): ReadAnswer {
	const payloads = Array.from(text.matchAll(/^data: (.*)$/gm), (match) => match[1] ?? "");
	const events = payloads.filter((payload) => payload !== "[DONE]").map(parse);
	const chunks = events.filter((event) => event !== null);
	const choices = chunks.flatMap((chunk) => chunk.choices ?? []);
	const deltas = choices.map(({ delta }) => delta.content ?? "").filter((delta) => delta !== "");
	return {
		payloads,
		deltas,
		text: deltas.join(""),
		finishReason: choices.findLast((choice) => choice.finish_reason !== null)?.finish_reason ?? null,
		usage: chunks.find((chunk) => "usage" in chunk)?.usage,
		model: chunks[0]?.model,
		doneMarks: payloads.length - events.length,
		badEvents: events.length - chunks.length,
		emptyChoices: chunks.filter((chunk) => chunk.choices?.length === 0 && !("usage" in chunk)).length,
		error: chunks.find((chunk) => chunk.error !== undefined)?.error ?? null,
	};
}
