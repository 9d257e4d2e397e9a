import { type ErrorCode, isAppError } from "../errors.ts";
import type { TerminalStatus } from "../turn.ts";

/** The kinds of weather (the table in ARCHITECTURE.md): each says how a turn ends when nothing else is left to try. */
export type FailureClass =
	| "connect"
	| "throttled"
	| "server"
	| "timeout"
	| "midstream"
	| "bad_request"
	| "context_length"
	| "auth"
	| "filtered_request"
	| "filtered_response";

export interface Failure {
	readonly class: FailureClass;
	readonly status: TerminalStatus;
	readonly code: ErrorCode;
}

/** The shape of a provider's failure, recognised without importing the room that makes it. */
interface ProviderFailure {
	readonly kind: "connect" | "http" | "stream" | "parse";
	readonly status: number | null;
	readonly body: string;
	readonly isContentFilter: boolean;
}

/** Names what went wrong with a model call. `hasContent`: the person has already seen part of the answer. */
export function classify(error: unknown, hasContent: boolean): Failure {
	const failure = toFailureClass(error, hasContent);
	return { class: failure, ...endings[failure] };
}

const endings: Record<FailureClass, { status: TerminalStatus; code: ErrorCode }> = {
	connect: { status: "failed", code: "provider_unavailable" },
	throttled: { status: "failed", code: "provider_unavailable" },
	server: { status: "failed", code: "provider_unavailable" },
	timeout: { status: "failed", code: "timeout" },
	midstream: { status: "interrupted", code: "stream_interrupted" },
	bad_request: { status: "failed", code: "provider_unavailable" },
	context_length: { status: "failed", code: "context_too_long" },
	auth: { status: "failed", code: "provider_unavailable" },
	filtered_request: { status: "filtered_request", code: "content_filtered" },
	filtered_response: { status: "filtered_response", code: "content_filtered" },
};

function toFailureClass(error: unknown, hasContent: boolean): FailureClass {
	if (isProviderFailure(error) && error.isContentFilter)
		return hasContent ? "filtered_response" : "filtered_request";
	if (hasContent) return "midstream";
	if (isAppError(error)) return error.code === "timeout" ? "timeout" : "server";
	if (!isProviderFailure(error)) return "server";
	if (error.kind === "connect") return "connect";
	if (error.status === null) return "server";
	if (error.status === 429 || error.status === 529) return "throttled";
	if (error.status === 401 || error.status === 403) return "auth";
	if (error.status >= 500) return "server";
	return /context.?(length|window)|maximum context|too many tokens/i.test(error.body)
		? "context_length"
		: "bad_request";
}

function isProviderFailure(error: unknown): error is Error & ProviderFailure {
	return error instanceof Error && error.name === "ProviderError" && "kind" in error && "body" in error;
}
