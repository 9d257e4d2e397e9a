import type { IncomingMessage, ServerResponse } from "node:http";
import type { AnswerPlan, TokenCount, WireError } from "../answers/answer-plan.ts";
import type { ChatCall } from "../formats/chat-call.ts";
import { toErrorBody } from "../formats/wire-format.ts";
import type { FaultCall, SimOptions } from "./options.ts";
import type { RequestLog, RequestRecord } from "./request-log.ts";

/** One request for an answer, from its received to its end. */
export interface Exchange {
	readonly request: IncomingMessage;
	readonly response: ServerResponse;
	readonly call: ChatCall;
	readonly options: SimOptions;
	readonly record: RequestRecord;
	readonly log: RequestLog;
	/** Microseconds of the monotonic clock. */
	readonly receivedUs: number;
	/** Closes the port to new connections for a while. */
	readonly refuseConnections: (forMs: number) => void;
}

/** A fault that is sent instead of an answer. */
export type Refusal = (exchange: Exchange, fault: FaultCall) => void;

/** Sends one JSON body and ends the response. */
export function sendJson(
	response: ServerResponse,
	reply: { readonly status: number; readonly body: unknown; readonly headers?: Record<string, string> },
) {
	const text = JSON.stringify(reply.body);
	response.writeHead(reply.status, {
		"content-type": "application/json",
		"content-length": String(Buffer.byteLength(text)),
		...reply.headers,
	});
	response.end(text);
}

export function sendError(response: ServerResponse, status: number, error: WireError) {
	sendJson(response, { status, body: toErrorBody(error) });
}

/** Drops the connection with a TCP reset after what was written has left the process. */
export function resetConnection(response: ServerResponse) {
	const { socket } = response;
	if (socket === null || socket.destroyed) return;
	const reset = () => setTimeout(() => socket.resetAndDestroy(), 25);
	// A reset throws away what is still on its way or waits to be read, so the promised chunks go first.
	if (socket.writableLength === 0) reset();
	else socket.write("", reset);
}

type CacheCounts = Pick<
	TokenCount,
	"promptTokens" | "cachedTokens" | "cacheWriteTokens" | "cacheWrite1hTokens"
>;

/** What is reported as read from a cache and written to one, as far as there is prompt. */
export function toCacheCounts(record: CacheCounts): CacheCounts {
	const { promptTokens } = record;
	const cachedTokens = Math.min(record.cachedTokens, promptTokens);
	const cacheWriteTokens = Math.min(record.cacheWriteTokens, promptTokens - cachedTokens);
	const cacheWrite1hTokens = Math.min(record.cacheWrite1hTokens, cacheWriteTokens);
	return { promptTokens, cachedTokens, cacheWriteTokens, cacheWrite1hTokens };
}

/** Decides the usage that the answer reports, from what was generated, and records it. */
export function reportUsage({ call, record }: Exchange, plan: AnswerPlan): TokenCount | null | undefined {
	if (call.stream && !call.wantsUsage) return undefined;
	const reported = plan.report({
		...toCacheCounts(record),
		completionTokens: record.tokensSent,
		reasoningTokens: record.reasoningTokensSent,
	});
	record.reported = reported ?? null;
	return reported;
}
