import type { Failure, ShownErrorCode } from "../trpc-client";

/** The one useful thing to do about a failure; the component that shows it knows how. */
export type ErrorAction = "retry" | "edit" | "sign-in" | "new-chat" | "wait" | "none";

interface ErrorWords {
	/** What happened and what it means, in one or two short sentences. */
	readonly text: (failure: Failure) => string;
	readonly action: ErrorAction;
}

const text = (sentence: string) => () => sentence;

/** Exhaustive on purpose: a new code does not compile until it has words. */
export const errorWords: Record<ShownErrorCode, ErrorWords> = {
	offline: {
		text: text("You are offline. Your message is kept and will be sent when you are back."),
		action: "retry",
	},
	unreachable: { text: text("The server does not answer. Your message is kept."), action: "retry" },
	invalid_request: {
		text: ({ details }) => {
			const issues = Array.isArray(details.issues) ? details.issues : [];
			return issues.length > 0
				? `This was not accepted: ${issues.map(toSentencePart).join("; ")}.`
				: "This was not accepted. Change it and try again.";
		},
		action: "edit",
	},
	unknown_model: { text: text("This model is not available here. Choose another one."), action: "retry" },
	unauthorized: { text: text("Your session has ended. Your draft is kept."), action: "sign-in" },
	quota_exceeded: {
		text: ({ details }) => {
			const time = toClockTime(details.resetsAt);
			return time
				? `You have used today's allowance. It resets at ${time}.`
				: "You have used your allowance for now.";
		},
		action: "none",
	},
	budget_exceeded: {
		text: ({ details }) =>
			details.limit === "spending_paused"
				? "An administrator has paused spending here. Your draft is kept."
				: "This workspace has reached its budget. An administrator can raise it.",
		action: "none",
	},
	budget_in_flight: {
		text: text(
			"What is left of your allowance is held by answers still being written. Wait for one to end, or stop one.",
		),
		action: "wait",
	},
	forbidden: {
		text: ({ details }) => {
			if (details.reason === "top_tier")
				return "Most of your allowance is used, so the dearest models are closed until it begins anew. Choose a smaller one or Auto.";
			if (details.reason === "model_not_allowed")
				return "Your plan does not include this model. Choose another one or Auto.";
			return "You may not do this. Ask an administrator if you need it.";
		},
		action: "none",
	},
	suspended: { text: text("Your account is paused by an administrator."), action: "none" },
	not_found: { text: text("This chat does not exist, or it is not yours."), action: "new-chat" },
	conflict: { text: text("This changed in the meantime. Look at it again and retry."), action: "retry" },
	turn_live: {
		text: text("An answer is still being written here. Your message can be sent after it."),
		action: "retry",
	},
	payload_too_large: { text: text("This message is too long. Send it in parts."), action: "edit" },
	idempotency_conflict: {
		text: text("This message was changed after it was sent. Send it again as a new one."),
		action: "edit",
	},
	context_too_long: {
		text: text("This chat is longer than the model can read. Start a new chat or shorten the message."),
		action: "edit",
	},
	content_filtered: {
		text: text("The provider refused this request. Change the wording and try again."),
		action: "edit",
	},
	rate_limited: {
		text: ({ details }) => {
			const seconds = toWaitSeconds(details);
			return seconds === null
				? "Too many messages in a short time. Wait a moment."
				: `Too many messages in a short time. You can send again in ${toCountdown(seconds)}.`;
		},
		action: "wait",
	},
	internal: {
		text: ({ requestId }) =>
			requestId
				? `Something failed on our side. It is logged as ${requestId}.`
				: "Something failed on our side.",
		action: "retry",
	},
	provider_unavailable: {
		text: ({ details }) => `${toModelName(details)} does not answer right now.`,
		action: "retry",
	},
	stream_interrupted: {
		text: ({ details }) =>
			details.isEmpty === true
				? "The connection to the model broke before the first word."
				: "The connection to the model broke. The part you see is saved.",
		action: "retry",
	},
	storage_unavailable: {
		text: text("The server cannot reach its database at the moment. Your message is kept."),
		action: "retry",
	},
	overloaded: {
		text: (failure) => {
			const seconds = toWaitSeconds(failure.details);
			return seconds === null
				? "Too many people are asking this model right now. Try again in a moment."
				: `Too many people are asking this model right now. Try again in ${toCountdown(seconds)}.`;
		},
		action: "wait",
	},
	draining: { text: text("The server is restarting. Your message is kept."), action: "retry" },
	expired_in_queue: {
		text: text(
			"The model was too busy: your turn did not come in time. Nothing was sent, nothing is charged.",
		),
		action: "retry",
	},
	timeout: { text: text("The model gave no answer in time."), action: "retry" },
};

/** Words for any failure, also for a code that a newer server sends. */
export function toErrorWords(failure: Failure): { text: string; action: ErrorAction } {
	const words = Object.hasOwn(errorWords, failure.code) ? errorWords[failure.code] : errorWords.internal;
	return { text: words.text(failure), action: words.action };
}

/** Whole seconds until the next try is allowed, or null when the server did not say. */
export function toWaitSeconds(details: Failure["details"]): number | null {
	const value = details.retryAfterMs;
	return typeof value === "number" && value > 0 ? Math.ceil(value / 1000) : null;
}

export function toCountdown(seconds: number): string {
	return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

function toModelName(details: Failure["details"]): string {
	return typeof details.modelId === "string" ? details.modelId : "The model";
}

function toClockTime(value: unknown): string | null {
	if (typeof value !== "string" || Number.isNaN(Date.parse(value))) return null;
	return new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" }).format(new Date(value));
}

function toSentencePart(issue: string): string {
	return issue.replace(/\.$/, "");
}
