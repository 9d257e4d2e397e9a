import type { ServerResponse } from "node:http";
import { type ErrorCode, errorTable, isAppError } from "../contract/errors.ts";

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
