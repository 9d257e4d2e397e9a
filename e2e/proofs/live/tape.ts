import { toResponse } from "../../../server/models/http/response-body.ts";
import type { Cassette } from "../../../server/simulator/recordings/cassette.ts";
import { scrubHeaders, scrubText } from "./scrub.ts";

/** One response while it is read. */
interface Take {
	readonly path: string;
	readonly status: number;
	readonly headers: Record<string, string>;
	readonly headersAfterMs: number;
	readonly parts: { readonly afterMs: number; readonly bytes: Uint8Array }[];
	ending: Cassette["ending"];
}

/** A fetch that notes every byte of each POST's response, and what it noted last. */
export function createTape(fetch: typeof globalThis.fetch) {
	let last: Take | null = null;
	const recording: typeof globalThis.fetch = async (input, init) => {
		const startedAt = performance.now();
		const afterMs = () => Math.round(performance.now() - startedAt);
		const response = await fetch(input, init);
		const reader = response.body?.getReader();
		if (init?.method !== "POST" || !reader) return response;
		const take: Take = {
			path: new URL(input instanceof Request ? input.url : input).pathname,
			status: response.status,
			headers: Object.fromEntries(response.headers),
			headersAfterMs: afterMs(),
			parts: [],
			ending: "cut",
		};
		last = take;
		return toResponse(response, {
			async read() {
				const result = await reader.read();
				if (result.done) take.ending = "end";
				else take.parts.push({ afterMs: afterMs(), bytes: Uint8Array.from(result.value) });
				return result;
			},
			cancel: (reason) => reader.cancel(reason),
			releaseLock: () => reader.releaseLock(),
		});
	};
	return { fetch: recording, take: () => last };
}

/** What may be kept of a response. @throws Error when a secret would still stand in it. */
export function toCassette(
	take: Take,
	{ usage, secrets }: { readonly usage: Cassette["usage"]; readonly secrets: readonly string[] },
): Cassette {
	const bytes = Buffer.concat(take.parts.map((part) => part.bytes));
	// One character for each byte: cut characters survive, and so does everything that is no text.
	const scrubbed = Buffer.from(scrubText(bytes.toString("latin1"), secrets), "latin1");
	const isText = Buffer.from(scrubbed.toString("utf8")).equals(scrubbed);
	const cassette: Cassette = {
		path: take.path,
		status: take.status,
		headers: scrubHeaders(take.headers, secrets),
		headersAfterMs: take.headersAfterMs,
		body: scrubbed.toString(isText ? "utf8" : "base64"),
		encoding: isText ? "utf8" : "base64",
		chunks: take.parts.map((part): [number, number] => [part.afterMs, part.bytes.byteLength]),
		ending: take.ending,
		usage,
	};
	const kept = `${JSON.stringify(cassette)}${scrubbed.toString("latin1")}`;
	if (secrets.some((secret) => secret !== "" && kept.includes(secret)))
		throw new Error("A secret would stand in the cassette: it is not kept.");
	return cassette;
}
