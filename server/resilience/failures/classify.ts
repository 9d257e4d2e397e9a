import { type ErrorCode, isAppError } from "../../contract/errors.ts";
import type { TerminalStatus } from "../../contract/turn.ts";
import {
	saysBadKey,
	saysNoCredit,
	saysTooLong,
	toCodes,
	toMeaning,
	toRetryDelayMs,
} from "./provider-errors.ts";
import { toRetryAfterMs, toStatedWaitMs, toWait } from "./retry-after.ts";
import type { FailureClass } from "./rules.ts";

/** The class of a failed call, and how the turn ends if nothing else is tried. */
export interface Failure {
	readonly class: FailureClass;
	readonly status: TerminalStatus;
	/** Absent when the turn was stopped. */
	readonly code?: ErrorCode;
	/** How long the provider asks to wait; null when it does not ask. */
	readonly retryAfterMs: number | null;
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
	const failureClass = toFailureClass(error, hasContent, nowMs);
	const failure = toFailure(failureClass, toWaitMs(error, failureClass, nowMs));
	// After content an outage of the filter ends the turn as a broken stream does, but keeps its class.
	return failureClass === "filter_outage" && hasContent ? { ...failure, ...endings.midstream } : failure;
}

/** A failure without an error, such as an open breaker. */
export function toFailure(failureClass: FailureClass, retryAfterMs: number | null = null): Failure {
	return { class: failureClass, ...endings[failureClass], retryAfterMs };
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
	context_length: { status: "failed", code: "context_too_long" },
	auth: unavailable,
	filtered_request: { status: "filtered_request", code: "content_filtered" },
	filtered_response: { status: "filtered_response", code: "content_filtered" },
	filter_outage: unavailable,
	breaker_open: unavailable,
	overloaded: { status: "failed", code: "overloaded" },
	expired_in_queue: { status: "expired_in_queue", code: "expired_in_queue" },
	spending_paused: { status: "failed", code: "budget_exceeded" },
	stopped: { status: "stopped" },
};

function toFailureClass(error: unknown, hasContent: boolean, nowMs: number): FailureClass {
	if (!isProviderFailure(error)) return toOwnClass(error, hasContent);
	if (error.isContentFilter) return hasContent ? "filtered_response" : "filtered_request";
	const codes = toCodes(error.body);
	const meaning = toMeaning(codes);
	if (meaning === "filter_outage") return meaning;
	if (hasContent) return "midstream";
	if (isTimeout(error)) return "first_token_timeout";
	if (error.kind === "connect") return "connect";
	const { kind, headers, body } = error;
	if (kind === "http" && error.status !== null)
		return toHttpClass({ status: error.status, headers, body }, meaning, nowMs);
	// A page or a document with status 200, an error event or a broken stream: its codes come first.
	if (meaning !== null) return meaning;
	const status = error.status ?? toStatus(codes);
	if (status !== null && status >= 400) return toHttpClass({ status, headers, body }, null, nowMs);
	return toPlainClass(error);
}

/** An error of this process: a deadline, a stop, or a bug. */
function toOwnClass(error: unknown, hasContent: boolean): FailureClass {
	if (error === "stop" || (error instanceof Error && error.name === "AbortError")) return "stopped";
	if (hasContent) return "midstream";
	return isAppError(error) && error.code === "timeout" ? "first_token_timeout" : "server";
}

/** By the status of a response, or by the status that an error event contains. */
function toHttpClass(
	{ status, headers, body }: { status: number } & Pick<ProviderFailure, "headers" | "body">,
	meaning: ReturnType<typeof toMeaning>,
	nowMs: number,
): FailureClass {
	if (status < 400) return "redirect";
	if (status === 402 || meaning === "no_credit" || (status < 500 && saysNoCredit(body))) return "no_credit";
	if (status === 429 || status === 529) return "throttled";
	if (status === 503 && toStatedWaitMs(headers, nowMs) !== null) return "throttled";
	if (status >= 500 || status === 408 || status === 409 || status === 425) return "server";
	if (status === 401 || status === 403 || status === 407 || saysBadKey(body)) return "auth";
	if (status === 413 || meaning === "context_length" || saysTooLong(body)) return "context_length";
	return "bad_request";
}

const toPlainClass = ({ kind, status, body }: ProviderFailure): FailureClass => {
	if (saysTooLong(body)) return "context_length";
	return kind === "parse" && status !== null ? "server" : "error_before_content";
};

/** The status among the codes of a body: Google's and OpenRouter's codes are numbers. */
function toStatus(codes: ReadonlySet<string>): number | null {
	for (const code of codes) if (/^[45]\d\d$/.test(code)) return Number(code);
	return null;
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
function toWaitMs(error: unknown, failureClass: FailureClass, nowMs: number): number | null {
	if (!isProviderFailure(error)) return null;
	if (failureClass !== "throttled") return toStatedWaitMs(error.headers, nowMs);
	const statedMs = toStatedWaitMs(error.headers, nowMs);
	const inBodyMs = toRetryDelayMs(error.body);
	return statedMs ?? (inBodyMs === null ? toRetryAfterMs(error.headers, nowMs) : toWait(inBodyMs));
}

function isProviderFailure(error: unknown): error is Error & ProviderFailure {
	return error instanceof Error && error.name === "ProviderError" && "kind" in error && "body" in error;
}
