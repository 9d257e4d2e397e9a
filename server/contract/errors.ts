/**
 * The one table of failures. A code is stable: people's words (`components/words/errors.ts`), HTTP and tRPC
 * codes, logs and sibling apps all key on it. `httpStatus` follows RFC 9110 and RFC 4918 (422); 402 is money, 429 is rate.
 */
export const errorTable = {
	invalid_request: { httpStatus: 400, trpc: "BAD_REQUEST", isRetryable: false },
	unknown_model: { httpStatus: 400, trpc: "BAD_REQUEST", isRetryable: false },
	unauthorized: { httpStatus: 401, trpc: "UNAUTHORIZED", isRetryable: false },
	quota_exceeded: { httpStatus: 402, trpc: "PAYMENT_REQUIRED", isRetryable: false },
	budget_exceeded: { httpStatus: 402, trpc: "PAYMENT_REQUIRED", isRetryable: false },
	budget_in_flight: { httpStatus: 402, trpc: "PAYMENT_REQUIRED", isRetryable: true },
	forbidden: { httpStatus: 403, trpc: "FORBIDDEN", isRetryable: false },
	suspended: { httpStatus: 403, trpc: "FORBIDDEN", isRetryable: false },
	not_found: { httpStatus: 404, trpc: "NOT_FOUND", isRetryable: false },
	conflict: { httpStatus: 409, trpc: "CONFLICT", isRetryable: false },
	turn_live: { httpStatus: 409, trpc: "CONFLICT", isRetryable: false },
	payload_too_large: { httpStatus: 413, trpc: "PAYLOAD_TOO_LARGE", isRetryable: false },
	idempotency_conflict: { httpStatus: 422, trpc: "UNPROCESSABLE_CONTENT", isRetryable: false },
	context_too_long: { httpStatus: 422, trpc: "UNPROCESSABLE_CONTENT", isRetryable: false },
	/** The model lacks an ability that a part of the conversation needs. */
	unsupported_content: { httpStatus: 422, trpc: "UNPROCESSABLE_CONTENT", isRetryable: false },
	content_filtered: { httpStatus: 422, trpc: "UNPROCESSABLE_CONTENT", isRetryable: false },
	rate_limited: { httpStatus: 429, trpc: "TOO_MANY_REQUESTS", isRetryable: true },
	internal: { httpStatus: 500, trpc: "INTERNAL_SERVER_ERROR", isRetryable: true },
	provider_unavailable: { httpStatus: 502, trpc: "BAD_GATEWAY", isRetryable: true },
	stream_interrupted: { httpStatus: 502, trpc: "BAD_GATEWAY", isRetryable: true },
	storage_unavailable: { httpStatus: 503, trpc: "SERVICE_UNAVAILABLE", isRetryable: true },
	overloaded: { httpStatus: 503, trpc: "SERVICE_UNAVAILABLE", isRetryable: true },
	draining: { httpStatus: 503, trpc: "SERVICE_UNAVAILABLE", isRetryable: true },
	timeout: { httpStatus: 504, trpc: "GATEWAY_TIMEOUT", isRetryable: true },
	expired_in_queue: { httpStatus: 504, trpc: "GATEWAY_TIMEOUT", isRetryable: true },
} as const;

export type ErrorCode = keyof typeof errorTable;

/** Everything a caller may be shown beside the code: plain JSON, never a secret, never another person's content. */
export type ErrorDetails = Record<string, string | number | boolean | null | string[]>;

/**
 * The one failure that leaves a room. `message` is a sentence for developers and logs; people read the words of the code.
 * Recognise it with `isAppError`, never with `instanceof`: Next bundles a second copy of what `app/` imports.
 */
export class AppError extends Error {
	override readonly name = "AppError";
	readonly code: ErrorCode;
	readonly details: ErrorDetails;

	constructor(code: ErrorCode, message: string, options: { details?: ErrorDetails; cause?: unknown } = {}) {
		super(message, { cause: options.cause });
		this.code = code;
		this.details = options.details ?? {};
	}
}

export function isAppError(error: unknown): error is AppError {
	return (
		error instanceof Error && error.name === "AppError" && "code" in error && String(error.code) in errorTable
	);
}
