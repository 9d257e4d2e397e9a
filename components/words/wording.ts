import type { Failure } from "../connection/trpc-client";

/** What a person can do about a failure; what shows it offers those that are possible there. */
export type ErrorAction =
	| "continue"
	| "retry"
	| "edit"
	| "other-model"
	| "larger-model"
	| "auto-model"
	| "new-chat"
	| "sign-in"
	| "usage"
	| "models-page";

export interface ErrorWords {
	/** What happened and what it means, in one or two short sentences. */
	readonly text: (failure: Failure) => string;
	/** The most helpful first. */
	readonly actions: readonly ErrorAction[];
}

export const text = (sentence: string) => () => sentence;

/** Whole seconds until the next try is allowed, or null when no time was given or it is over. */
export function toWaitSeconds(details: Failure["details"]): number | null {
	const value = details.retryAfterMs;
	return typeof value === "number" && value > 0 ? Math.ceil(value / 1000) : null;
}

export function toCountdown(seconds: number): string {
	return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

export function toModelName(details: Failure["details"], unnamed = "The model"): string {
	return typeof details.modelName === "string" ? details.modelName : unnamed;
}
