import type { ServerResponse } from "node:http";
import { type ErrorCode, errorTable, isAppError } from "../contract/errors.ts";
import { endRefused } from "./guards/body.ts";

export function sendJson(response: ServerResponse, status: number, body: object): void {
	response.writeHead(status, { "content-type": "application/json", "cache-control": "no-store" });
	response.end(JSON.stringify(body));
}

/** A refusal outside tRPC. An `AppError` adds its message and details; other errors may quote anything and add nothing. */
export function sendError(response: ServerResponse, code: ErrorCode, cause?: unknown): void {
	const shown = isAppError(cause) ? { message: cause.message, details: cause.details } : {};
	const requestId = response.getHeader("x-request-id");
	sendJson(response, errorTable[code].httpStatus, { error: { code, ...shown, requestId } });
}

/** The same for a body that is too large, of which more may still arrive. */
export function sendTooLarge(response: ServerResponse): void {
	const code = "payload_too_large";
	const body = JSON.stringify({ error: { code, requestId: response.getHeader("x-request-id") } });
	response.shouldKeepAlive = false;
	response.writeHead(errorTable[code].httpStatus, {
		"content-type": "application/json",
		"content-length": Buffer.byteLength(body),
	});
	endRefused(response, body);
}
