import type { ServerResponse } from "node:http";
import { AppError, type ErrorCode, errorTable, isAppError } from "../../contract/errors.ts";
import { endRefused } from "../guards/body.ts";

interface Shape {
	readonly status: number;
	readonly type: string;
	readonly code: string;
}

/** Where OpenAI has another status or code for the same, which its clients know. */
const shapes: Partial<Record<ErrorCode, Partial<Shape>>> = {
	unknown_model: { status: 404, code: "model_not_found" },
	unauthorized: { type: "authentication_error", code: "invalid_api_key" },
	quota_exceeded: { status: 429, type: "insufficient_quota", code: "insufficient_quota" },
	budget_exceeded: { status: 429, type: "insufficient_quota", code: "insufficient_quota" },
	budget_in_flight: { status: 429, type: "rate_limit_error" },
	rate_limited: { type: "rate_limit_error", code: "rate_limit_exceeded" },
	context_too_long: { status: 400, code: "context_length_exceeded" },
	content_filtered: { status: 400, code: "content_filter" },
	unsupported_content: { status: 400 },
	forbidden: { type: "permission_error" },
	suspended: { type: "permission_error", code: "account_suspended" },
};

/** A failure as OpenAI's API answers it, with Parley's own words for programs in `x_parley`. */
export function toErrorBody(error: AppError, requestId: string) {
	const { status, type, code } = toShape(error);
	const { param = null, ...details } = error.details;
	const parley = {
		code: error.code,
		is_retryable: errorTable[error.code].isRetryable,
		request_id: requestId,
	};
	return {
		status,
		body: { error: { message: error.message, type, param, code, x_parley: { ...parley, ...details } } },
	};
}

function toShape({ code, details }: AppError): Shape {
	const { httpStatus } = errorTable[code];
	const known = shapes[code] ?? {};
	const status = known.status ?? httpStatus;
	// What exactly is wrong with a request is its reason, such as `unsupported_parameter`.
	const named = code === "invalid_request" || code === "forbidden" ? details.reason : undefined;
	return {
		status,
		type: known.type ?? (status >= 500 ? "server_error" : "invalid_request_error"),
		code: typeof named === "string" ? named : (known.code ?? code),
	};
}

/** What a caller may see of a failure: never the message of an unexpected one, which may quote anything. */
export const toShown = (error: unknown): AppError =>
	isAppError(error) ? error : new AppError("internal", "Something failed on our side.");

/** Answers with a failure; `headers` are those of the rates. */
export function sendErrorBody(
	response: ServerResponse,
	failure: unknown,
	{ requestId, headers = {} }: { requestId: string; headers?: Record<string, string> },
): void {
	const error = toShown(failure);
	const { status, body } = toErrorBody(error, requestId);
	const text = JSON.stringify(body);
	if (error.code === "payload_too_large") response.shouldKeepAlive = false;
	response.writeHead(status, {
		"content-type": "application/json",
		"content-length": Buffer.byteLength(text),
		// OpenAI's clients would otherwise repeat every 409 and 429.
		"x-should-retry": String(errorTable[error.code].isRetryable),
		...(status === 401 && { "www-authenticate": 'Bearer realm="Parley"' }),
		...headers,
	});
	if (error.code === "payload_too_large") endRefused(response, text);
	else response.end(text);
}
