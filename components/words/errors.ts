import type { FailureClass } from "@/server/client";
import type { Failure, ShownErrorCode } from "../connection/trpc-client";
// With its ending, because Node reads these words, too, when a run tells what people saw.
import {
	type ErrorAction,
	type ErrorWords,
	text,
	toCountdown,
	toModelName,
	toWaitSeconds,
} from "./wording.ts";

export type { ErrorAction } from "./wording.ts";

/** Exhaustive on purpose: a new code does not compile until it has words. */
export const errorWords: Record<ShownErrorCode, ErrorWords> = {
	offline: {
		text: text("You are offline. Your message is kept and will be sent when you are back."),
		actions: ["retry"],
	},
	unreachable: { text: text("The server does not answer. Your message is kept."), actions: ["retry"] },
	invalid_request: {
		text: ({ details }) => {
			const issues = Array.isArray(details.issues) ? details.issues : [];
			return issues.length > 0
				? `This was not accepted: ${issues.map(toSentencePart).join("; ")}.`
				: "This was not accepted. Change it and try again.";
		},
		actions: ["edit"],
	},
	unknown_model: {
		text: text("This model is not available here. Choose another one."),
		actions: ["auto-model", "retry"],
	},
	unauthorized: { text: text("Your session has ended. Your draft is kept."), actions: ["sign-in"] },
	quota_exceeded: {
		text: ({ details }) => {
			const time = toClockTime(details.resetsAt);
			return time
				? `You have used today's allowance. It resets at ${time}.`
				: "You have used your allowance for now.";
		},
		actions: ["usage"],
	},
	budget_exceeded: {
		text: ({ details }) =>
			details.limit === "spending_paused"
				? "An administrator has paused spending here. Your draft is kept."
				: "This workspace has reached its budget. An administrator can raise it.",
		actions: [],
	},
	budget_in_flight: {
		text: text(
			"What is left of your allowance is held by answers still being written. Wait for one to end, or stop one.",
		),
		actions: ["retry", "usage"],
	},
	forbidden: {
		text: ({ details }) => {
			if (details.reason === "top_tier")
				return "Most of your allowance is used, so the dearest models are closed until it begins anew. Choose a smaller one or Auto.";
			if (details.reason === "model_not_allowed")
				return "Your plan does not include this model. Choose another one or Auto.";
			return "You may not do this. Ask an administrator if you need it.";
		},
		actions: ["auto-model"],
	},
	suspended: { text: text("Your account is paused by an administrator."), actions: [] },
	not_found: { text: text("This chat does not exist, or it is not yours."), actions: ["new-chat"] },
	conflict: {
		text: text("This changed in the meantime. Look at it again and retry."),
		actions: ["retry"],
	},
	turn_live: {
		text: text("An answer is still being written here. Your message can be sent after it."),
		actions: ["retry"],
	},
	payload_too_large: { text: text("This message is too long. Send it in parts."), actions: ["edit"] },
	idempotency_conflict: {
		text: text("This message was changed after it was sent. Send it again as a new one."),
		actions: ["edit"],
	},
	context_too_long: {
		text: ({ details }) =>
			`This chat is longer than ${toModelName(details, "the model")} can read. Shorten the message, start a new chat or use a larger model.`,
		actions: ["larger-model", "edit", "new-chat"],
	},
	content_filtered: {
		text: text("The provider refused this request. Change the wording and try again."),
		actions: ["edit"],
	},
	rate_limited: {
		text: ({ details }) => {
			const seconds = toWaitSeconds(details);
			if (seconds !== null)
				return `Too many messages in a short time. You can send again in ${toCountdown(seconds)}.`;
			return details.hasWaited === true
				? "You can send again now."
				: "Too many messages in a short time. Wait a moment.";
		},
		actions: ["retry"],
	},
	internal: {
		text: ({ requestId }) =>
			requestId
				? `Something failed on our side. It is logged as ${requestId}.`
				: "Something failed on our side.",
		actions: ["retry"],
	},
	provider_unavailable: {
		text: ({ details }) => `${toModelName(details)} does not answer right now.`,
		actions: ["retry", "other-model"],
	},
	stream_interrupted: {
		text: ({ details }) =>
			details.isEmpty === true
				? "The connection to the model broke before the first word."
				: "The connection to the model broke. The part you see is saved.",
		actions: ["continue", "retry", "other-model"],
	},
	storage_unavailable: {
		text: text("The server cannot reach its database at the moment. Your message is kept."),
		actions: ["retry"],
	},
	overloaded: {
		text: ({ details }) => {
			const seconds = toWaitSeconds(details);
			const again = seconds === null ? "in a moment" : `in ${toCountdown(seconds)}`;
			return `Too many people are asking ${toModelName(details, "this model")} right now. Try again ${again}.`;
		},
		actions: ["retry", "other-model"],
	},
	draining: { text: text("The server is restarting. Your message is kept."), actions: ["retry"] },
	expired_in_queue: {
		text: ({ details }) =>
			`${toModelName(details)} was too busy: your turn did not come in time. Nothing was sent, nothing is charged.`,
		actions: ["retry", "other-model"],
	},
	timeout: {
		text: ({ details }) => `${toModelName(details)} gave no answer in time. Nothing is charged.`,
		actions: ["retry", "other-model"],
	},
};

/** What a model call failed of says more than the code that its turn ends with. Exhaustive, too. */
export const weatherWords: Record<FailureClass, ErrorWords> = {
	connect: {
		text: ({ details }) => `${toModelName(details)} cannot be reached right now. Nothing is charged.`,
		actions: ["retry", "other-model"],
	},
	throttled: {
		text: ({ details }) => `${toModelName(details)} has too much to do. ${toTryAgain(details)}`,
		actions: ["retry", "other-model"],
	},
	no_credit: {
		text: ({ details }) =>
			details.isAdmin === true
				? `${toModelName(details)} cannot answer: the account at its provider has no credit left. Top it up there.`
				: `${toModelName(details)} cannot answer: an administrator has to top up its account. Another model may answer meanwhile.`,
		actions: ["other-model", "retry", "models-page"],
	},
	server: {
		text: ({ details }) => `${toModelName(details)} does not answer right now. Nothing is charged.`,
		actions: ["retry", "other-model"],
	},
	redirect: {
		text: ({ details }) =>
			details.isAdmin === true
				? `${toModelName(details)} is misconfigured: its address sends us to another host, and a key must not travel there. Correct the address.`
				: `${toModelName(details)} is misconfigured. An administrator has to repair it; another model may answer meanwhile.`,
		actions: ["other-model", "retry", "models-page"],
	},
	first_token_timeout: errorWords.timeout,
	error_before_content: {
		text: ({ details }) => `${toModelName(details)} failed before its first word. Nothing is charged.`,
		actions: ["retry", "other-model"],
	},
	midstream: errorWords.stream_interrupted,
	bad_request: {
		text: ({ details }) =>
			`${toModelName(details)} cannot work with this request. Change the message or choose another model.`,
		actions: ["edit", "other-model", "retry"],
	},
	context_length: errorWords.context_too_long,
	auth: {
		text: ({ details }) =>
			details.isAdmin === true
				? `${toModelName(details)} is misconfigured: its provider refuses the key. Check the key and what it may do.`
				: `${toModelName(details)} is misconfigured. An administrator has to repair it; another model may answer meanwhile.`,
		actions: ["other-model", "retry", "models-page"],
	},
	filtered_request: errorWords.content_filtered,
	filtered_response: {
		text: ({ details }) =>
			details.isEmpty === true
				? "The provider withheld this answer. Change the wording and try again."
				: "The provider cut this answer off because of its content. The part you see stays. Change the wording and try again.",
		actions: ["edit"],
	},
	filter_outage: {
		text: ({ details }) =>
			details.isEmpty === true
				? `The content filter of ${toModelName(details, "the model")} is out of order, and nothing is answered without it. Try again in a moment.`
				: `The content filter of ${toModelName(details, "the model")} broke down. The part you see is saved.`,
		actions: ["continue", "retry"],
	},
	breaker_open: {
		// After failures, or by an administrator's hand: who asks is not told which.
		text: ({ details }) => `${toModelName(details)} is not called at the moment. ${toTryAgain(details)}`,
		actions: ["retry", "other-model", "models-page"],
	},
	overloaded: errorWords.overloaded,
	expired_in_queue: errorWords.expired_in_queue,
	spending_paused: {
		text: text("An administrator has paused spending here. Your message is kept."),
		actions: ["other-model", "retry"],
	},
	stopped: { text: text("This answer was stopped."), actions: ["continue", "retry"] },
};

/** Words for any failure, also for a code or a class that a newer server sends. */
export function toErrorWords(failure: Failure): { text: string; actions: readonly ErrorAction[] } {
	const { text: toText, actions } = findWords(failure);
	return { text: toText(failure), actions };
}

function findWords({ code, details }: Failure): ErrorWords {
	const failureClass = details.class;
	if (isWeather(failureClass)) return weatherWords[failureClass];
	return Object.hasOwn(errorWords, code) ? errorWords[code] : errorWords.internal;
}

const isWeather = (value: unknown): value is FailureClass =>
	typeof value === "string" && Object.hasOwn(weatherWords, value);

function toTryAgain(details: Failure["details"]): string {
	const seconds = toWaitSeconds(details);
	if (seconds !== null) return `You can try again in ${toCountdown(seconds)}.`;
	return details.hasWaited === true ? "You can try again now." : "Try again in a moment.";
}

function toClockTime(value: unknown): string | null {
	if (typeof value !== "string" || Number.isNaN(Date.parse(value))) return null;
	return new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" }).format(new Date(value));
}

function toSentencePart(issue: string): string {
	return issue.replace(/\.$/, "");
}
