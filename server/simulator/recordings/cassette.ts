import type { ServerResponse } from "node:http";
import * as z from "zod";
import { monotonicUs } from "../answers/answer-plan.ts";

const tokens = z.number().int().nonnegative();

/** A provider's response as it came, without what is secret: status, headers, and every byte at its time. */
export const cassette = z.object({
	/** Of the request, from the root: `/v1/messages`. */
	path: z.string(),
	status: z.number().int().min(200).max(599),
	headers: z.record(z.string(), z.string()),
	/** Milliseconds from the request to the headers. */
	headersAfterMs: z.number().nonnegative(),
	body: z.string(),
	/** Base 64 when the bytes are no UTF-8. */
	encoding: z.enum(["utf8", "base64"]),
	/** In order: milliseconds from the request on, and how many bytes came then. */
	chunks: z.array(z.tuple([z.number().nonnegative(), tokens])),
	/** `cut`: the connection broke or was left. */
	ending: z.enum(["end", "cut"]),
	/** What the answer itself reports; null when it does not. */
	usage: z
		.object({
			promptTokens: tokens,
			cachedTokens: tokens,
			cacheWriteTokens: tokens.default(0),
			cacheWrite1hTokens: tokens.default(0),
			completionTokens: tokens,
			reasoningTokens: tokens,
		})
		.nullable(),
});
export type Cassette = z.infer<typeof cassette>;

interface Replay {
	readonly response: ServerResponse;
	/** Microseconds of the monotonic clock when the request came. */
	readonly receivedUs: number;
	/** Called before the last byte is out, also when the connection is then cut; not when the client left before. */
	readonly onEnd: (how: Cassette["ending"]) => void;
}

/** Sends a recorded response with its own timing and its own bytes. */
export function replayCassette(recorded: Cassette, { response, receivedUs, onEnd }: Replay): void {
	const bytes = Buffer.from(recorded.body, recorded.encoding);
	const rest = recorded.chunks.slice();
	let at = 0;
	let timer: NodeJS.Timeout | undefined;
	const schedule = (dueMs: number, step: () => void) => {
		timer = setTimeout(step, Math.max(0, receivedUs / 1_000 + dueMs - monotonicUs() / 1_000));
	};
	const finish = () => {
		onEnd(recorded.ending);
		if (recorded.ending === "end") response.end();
		else response.destroy();
	};
	const sendNext = () => {
		const [, length = 0] = rest.shift() ?? [];
		response.write(bytes.subarray(at, at + length));
		at += length;
		goOn();
	};
	const goOn = () => {
		const [next] = rest;
		if (next) schedule(next[0], sendNext);
		else finish();
	};
	response.once("close", () => clearTimeout(timer));
	schedule(recorded.headersAfterMs, () => {
		response.writeHead(recorded.status, recorded.headers);
		response.flushHeaders();
		goOn();
	});
}
