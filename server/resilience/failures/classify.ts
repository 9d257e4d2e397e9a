import { type ErrorCode, isAppError } from "../../contract/errors.ts";
import type { TerminalStatus } from "../../contract/turn-status.ts";
import { type ErrorBody, readErrorBody, toErrorWaitMs } from "./error-body.ts";
import { findMeaning } from "./meanings.ts";
import { toStatedWaitMs } from "./retry-after.ts";
import type { FailureClass } from "./rules.ts";
import { toStatedWindow } from "./stated-window.ts";

/** The class of a failed call, and how the turn ends if nothing else is tried. */
export interface Failure {
	readonly class: FailureClass;
	readonly status: TerminalStatus;
	/** Absent when the turn was stopped. */
	readonly code?: ErrorCode;
	/** How long the provider asks to wait; null when it does not ask. */
	readonly retryAfterMs: number | null;
	/** Tokens that the provider says its model takes, where it refuses more; null when it does not say. */
	readonly statedWindow: number | null;
}

/** The shape of the models room's `ProviderError`, recognised without importing that room. */
interface ProviderFailure {
	readonly kind: "connect" | "http" | "stream" | "parse";
	readonly status: number | null;
	readonly headers: Readonly<Record<string, string>>;
	readonly body: string;
	readonly isContentFilter: boolean;
}

/**
 * The failure that an error of a model call stands for.
 *
 * @param hasContent whether the person has seen part of the answer.
 * @param nowMs compared with the instants in the response's headers.
 */
export function classify(error: unknown, hasContent: boolean, nowMs = Date.now()): Failure {
	if (!isProviderFailure(error)) return toFailure(toOwnClass(error, hasContent));
	const body = readErrorBody(error.body);
	const failureClass = toFailureClass({ error, body, nowMs }, hasContent);
	const failure = {
		...toFailure(failureClass, toWaitMs({ error, body, nowMs }, failureClass)),
		statedWindow: failureClass === "context_length" ? toStatedWindow(body) : null,
	};
	// After content an outage of the filter ends the turn as a broken stream does, but keeps its class.
	return failureClass === "filter_outage" && hasContent ? { ...failure, ...endings.midstream } : failure;
}

/** A failure without an error, such as an open breaker. */
export function toFailure(failureClass: FailureClass, retryAfterMs: number | null = null): Failure {
	return { class: failureClass, ...endings[failureClass], retryAfterMs, statedWindow: null };
}

const unavailable = { status: "failed", code: "provider_unavailable" } as const;

const endings: Record<FailureClass, { status: TerminalStatus; code?: ErrorCode }> = {
	connect: unavailable,
	throttled: unavailable,
	no_credit: unavailable,
	server: unavailable,
	redirect: unavailable,
	first_token_timeout: { status: "failed", code: "timeout" },
	error_before_content: unavailable,
	midstream: { status: "interrupted", code: "stream_interrupted" },
	bad_request: unavailable,
	unsupported_content: { status: "failed", code: "unsupported_content" },
	context_length: { status: "failed", code: "context_too_long" },
	not_found: unavailable,
	auth: unavailable,
	empty_answer: unavailable,
	filtered_request: { status: "filtered_request", code: "content_filtered" },
	filtered_response: { status: "filtered_response", code: "content_filtered" },
	filter_outage: unavailable,
	breaker_open: unavailable,
	overloaded: { status: "failed", code: "overloaded" },
	expired_in_queue: { status: "expired_in_queue", code: "expired_in_queue" },
	spending_paused: { status: "failed", code: "budget_exceeded" },
	stopped: { status: "stopped" },
};

interface ReadError {
	readonly error: Error & ProviderFailure;
	readonly body: ErrorBody;
	readonly nowMs: number;
}

function toFailureClass(read: ReadError, hasContent: boolean): FailureClass {
	const { error, body } = read;
	// The status of an error event is a code of its body.
	const status = error.kind === "http" ? error.status : toCodedStatus(body.codes);
	const meaning = error.isContentFilter ? "filtered_request" : findMeaning(body, status);
	if (meaning === "filtered_request") return hasContent ? "filtered_response" : meaning;
	if (meaning === "filter_outage") return meaning;
	if (hasContent) return "midstream";
	if (isTimeout(error)) return "first_token_timeout";
	if (error.kind === "connect") return "connect";
	if (status !== null && status < 400) return "redirect";
	if (status !== null && (body.isPage || isChallenge(error.headers))) return toPageClass(read, status);
	if (meaning !== null) return meaning;
	if (status !== null) return toStatusClass(read, status);
	return error.kind === "parse" && error.status !== null ? "server" : "error_before_content";
}

/** An error of this process: a deadline, a stop, or a bug. */
function toOwnClass(error: unknown, hasContent: boolean): FailureClass {
	if (error === "stop" || (error instanceof Error && error.name === "AbortError")) return "stopped";
	if (hasContent) return "midstream";
	if (isAppError(error) && error.code === "unsupported_content") return "unsupported_content";
	return isAppError(error) && error.code === "timeout" ? "first_token_timeout" : "server";
}

/** The status of a response, or the status that an error event names, when its body says nothing more precise. */
function toStatusClass({ error, nowMs }: ReadError, status: number): FailureClass {
	if (status === 413) return "context_length";
	if (status === 429 || status === 498 || status === 529) return "throttled";
	if (status === 503 && toStatedWaitMs(error.headers, nowMs) !== null) return "throttled";
	if (status >= 500 || status === 408 || status === 409 || status === 425) return "server";
	if (status === 401 || status === 403 || status === 407) return "auth";
	return status === 404 || status === 405 || status === 410 ? "not_found" : "bad_request";
}

/**
 * A page instead of an API's answer comes from a proxy in front of the provider. A 403 of a proxy, such as a browser challenge, says
 * nothing about the key.
 */
function toPageClass(read: ReadError, status: number): FailureClass {
	const isProxys = isChallenge(read.error.headers) || status === 400 || status === 403;
	return isProxys ? "server" : toStatusClass(read, status);
}

/** Cloudflare marks its challenges. */
const isChallenge = (headers: ProviderFailure["headers"]): boolean => headers["cf-mitigated"] === "challenge";

/** Google's and OpenRouter's codes are HTTP statuses. */
function toCodedStatus(codes: readonly string[]): number | null {
	const digits = codes.find((code) => /^[45]\d\d$/.test(code));
	return digits === undefined ? null : Number(digits);
}

/** The HTTP client reports its own deadlines for headers and body as failures of the connection. */
const timeoutCodes = ["UND_ERR_HEADERS_TIMEOUT", "UND_ERR_BODY_TIMEOUT"];

function isTimeout(error: unknown): boolean {
	for (let cause = error; cause instanceof Error; cause = cause.cause)
		if (
			isAppError(cause)
				? cause.code === "timeout"
				: "code" in cause && timeoutCodes.includes(String(cause.code))
		)
			return true;
	return false;
}

/** Resets of limits are sent with every response, so they count only when the provider throttles. */
function toWaitMs({ error, body, nowMs }: ReadError, failureClass: FailureClass): number | null {
	const statedMs = toStatedWaitMs(error.headers, nowMs);
	if (failureClass !== "throttled") return statedMs;
	return statedMs ?? body.waitMs ?? toErrorWaitMs(error.headers, body, nowMs);
}

function isProviderFailure(error: unknown): error is Error & ProviderFailure {
	return error instanceof Error && error.name === "ProviderError" && "kind" in error && "body" in error;
}
