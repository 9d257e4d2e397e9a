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
		text: ({ details }) =>
			details.isReading === true
				? "You're offline, and this chat isn't loaded in this tab. It opens when you reconnect."
				: "You're offline. Your message is saved and sends when you reconnect.",
		actions: ["retry"],
	},
	unreachable: {
		text: ({ details }) =>
			details.isReading === true
				? "The server isn't responding, so this chat can't be loaded right now."
				: "The server isn't responding. Your message is saved.",
		actions: ["retry"],
	},
	invalid_request: {
		text: ({ details }) => {
			const issues = Array.isArray(details.issues) ? details.issues : [];
			return issues.length > 0
				? `This wasn't accepted: ${issues.map(toSentencePart).join("; ")}.`
				: "This wasn't accepted. Change it and try again.";
		},
		actions: ["edit"],
	},
	unknown_model: {
		text: text("This model isn't available here. Choose another one."),
		actions: ["auto-model", "retry"],
	},
	unsupported_content: {
		text: ({ details }) => {
			const abilities = Array.isArray(details.abilities) ? details.abilities : [];
			if (abilities.includes("unknown"))
				return "A part of this conversation needs a newer version of Parley. Start a new chat to go on.";
			return abilities.includes("images")
				? "This model can't read images. Choose another one."
				: "This model can't read a part of this conversation. Choose another one.";
		},
		actions: ["auto-model"],
	},
	unauthorized: { text: text("Your session has ended. Your draft is saved."), actions: ["sign-in"] },
	quota_exceeded: {
		text: ({ details }) => {
			const time = toClockTime(details.resetsAt);
			return time
				? `You've used today's allowance. It resets at ${time}.`
				: "You've used your allowance for now.";
		},
		actions: ["usage"],
	},
	budget_exceeded: {
		text: ({ details }) =>
			details.limit === "spending_paused"
				? "An administrator has paused spending. Your draft is saved."
				: "This workspace has reached its budget. An administrator can raise it.",
		actions: [],
	},
	budget_in_flight: {
		text: text(
			"Your remaining allowance is reserved for answers in progress. Wait for one to finish, or stop one.",
		),
		actions: ["retry", "usage"],
	},
	forbidden: {
		text: ({ details }) => {
			if (details.reason === "top_tier")
				return "You've used most of your allowance, so the most expensive models are unavailable until it resets. Choose a smaller one or Auto.";
			if (details.reason === "model_not_allowed")
				return "Your plan doesn't include this model. Choose another one or Auto.";
			return "You don't have permission to do this. Ask an administrator if you need it.";
		},
		actions: ["auto-model"],
	},
	suspended: { text: text("An administrator has paused your account."), actions: [] },
	not_found: { text: text("This chat doesn't exist, or it isn't yours."), actions: ["new-chat"] },
	conflict: {
		text: text("This has changed in the meantime. Check it and try again."),
		actions: ["retry"],
	},
	turn_live: {
		text: text("An answer is still in progress here. You can send your message after it."),
		actions: ["retry"],
	},
	payload_too_large: { text: text("This message is too long. Send it in parts."), actions: ["edit"] },
	idempotency_conflict: {
		text: text("This message was changed after it was sent. Send it again as a new message."),
		actions: ["edit"],
	},
	context_too_long: {
		text: ({ details }) =>
			`This chat is longer than ${toModelName(details, "the model")} can read. Shorten the message, start a new chat or use a larger model.`,
		actions: ["larger-model", "edit", "new-chat"],
	},
	content_filtered: {
		text: text("The provider refused this request. Rephrase it and try again."),
		actions: ["edit"],
	},
	rate_limited: {
		text: ({ details }) => {
			const seconds = toWaitSeconds(details);
			if (seconds !== null)
				return `You're sending messages too quickly. You can send again in ${toCountdown(seconds)}.`;
			return details.hasWaited === true
				? "You can send again now."
				: "You're sending messages too quickly. Wait a moment.";
		},
		actions: ["retry"],
	},
	internal: {
		text: ({ requestId }) =>
			requestId
				? `Something went wrong on our side. It's logged as ${requestId}.`
				: "Something went wrong on our side.",
		actions: ["retry"],
	},
	provider_unavailable: {
		text: ({ details }) => `${toModelName(details)} isn't responding.`,
		actions: ["retry", "other-model"],
	},
	stream_interrupted: {
		text: ({ details }) =>
			details.isEmpty === true
				? "The connection to the model broke before the answer started."
				: "The connection to the model broke. What you see is saved.",
		actions: ["continue", "retry", "other-model"],
	},
	storage_unavailable: {
		text: text("The server can't reach its database right now. Your message is saved."),
		actions: ["retry"],
	},
	overloaded: {
		text: ({ details }) => {
			const seconds = toWaitSeconds(details);
			const again = seconds === null ? "in a moment" : `in ${toCountdown(seconds)}`;
			return `${toModelName(details)} is busy. Try again ${again}.`;
		},
		actions: ["retry", "other-model"],
	},
	draining: { text: text("The server is restarting. Your message is saved."), actions: ["retry"] },
	expired_in_queue: {
		text: ({ details }) => `${toModelName(details)} was too busy to answer in time. You weren't charged.`,
		actions: ["retry", "other-model"],
	},
	timeout: {
		text: ({ details }) => `${toModelName(details)} took too long to answer. You weren't charged.`,
		actions: ["retry", "other-model"],
	},
};

/** The failure of a model call says more than the code that its turn ends with. Exhaustive, too. */
export const failureWords: Record<FailureClass, ErrorWords> = {
	connect: {
		text: ({ details }) => `${toModelName(details)} can't be reached right now. You weren't charged.`,
		actions: ["retry", "other-model"],
	},
	throttled: {
		text: ({ details }) => `${toModelName(details)} is busy. ${toTryAgain(details)}`,
		actions: ["retry", "other-model"],
	},
	no_credit: {
		text: ({ details }) =>
			details.isAdmin === true
				? `${toModelName(details)} can't answer: the account at its provider is out of credit. Top it up there.`
				: `${toModelName(details)} can't answer: its account is out of credit. Ask an administrator to top it up, or use another model.`,
		actions: ["other-model", "retry", "models-page"],
	},
	server: {
		text: ({ details }) => `${toModelName(details)} isn't responding. You weren't charged.`,
		actions: ["retry", "other-model"],
	},
	redirect: {
		text: ({ details }) =>
			details.isAdmin === true
				? `${toModelName(details)} is misconfigured: its address redirects to another host, and the key isn't sent there. Correct the address.`
				: `${toModelName(details)} is misconfigured. Ask an administrator to fix it, or use another model.`,
		actions: ["other-model", "retry", "models-page"],
	},
	first_token_timeout: errorWords.timeout,
	error_before_content: {
		text: ({ details }) => `${toModelName(details)} failed before it started to answer. You weren't charged.`,
		actions: ["retry", "other-model"],
	},
	midstream: errorWords.stream_interrupted,
	unsupported_content: {
		text: text("The model can't read a part of this conversation."),
		actions: ["other-model"],
	},
	bad_request: {
		text: ({ details }) =>
			`${toModelName(details)} can't handle this request. Change the message or choose another model.`,
		actions: ["edit", "other-model", "retry"],
	},
	context_length: errorWords.context_too_long,
	not_found: {
		text: ({ details }) =>
			details.isAdmin === true
				? `${toModelName(details)} is misconfigured: its provider doesn't know this model or this address. Correct its name or address.`
				: `${toModelName(details)} isn't available at its provider. Ask an administrator to fix it, or use another model.`,
		actions: ["other-model", "retry", "models-page"],
	},
	empty_answer: {
		text: ({ details }) =>
			`${toModelName(details)} ended without an answer. Try again, change the wording or choose another model.`,
		actions: ["retry", "edit", "other-model"],
	},
	auth: {
		text: ({ details }) =>
			details.isAdmin === true
				? `${toModelName(details)} is misconfigured: its provider rejects the key. Check the key and its permissions.`
				: `${toModelName(details)} is misconfigured. Ask an administrator to fix it, or use another model.`,
		actions: ["other-model", "retry", "models-page"],
	},
	filtered_request: errorWords.content_filtered,
	filtered_response: {
		text: ({ details }) =>
			details.isEmpty === true
				? "The provider withheld this answer. Rephrase your message and try again."
				: "The provider cut this answer off because of its content. What you see is saved. Rephrase your message and try again.",
		actions: ["edit"],
	},
	filter_outage: {
		text: ({ details }) =>
			details.isEmpty === true
				? `The content filter of ${toModelName(details, "the model")} is unavailable, and it doesn't answer without one. Try again in a moment.`
				: `The content filter of ${toModelName(details, "the model")} became unavailable. What you see is saved.`,
		actions: ["continue", "retry"],
	},
	breaker_open: {
		// After failures, or because an administrator turned it off: people do not learn which.
		text: ({ details }) => `${toModelName(details)} is unavailable right now. ${toTryAgain(details)}`,
		actions: ["retry", "other-model", "models-page"],
	},
	overloaded: errorWords.overloaded,
	expired_in_queue: errorWords.expired_in_queue,
	spending_paused: {
		text: text("An administrator has paused spending. Your message is saved."),
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
	if (isFailureClass(failureClass)) return failureWords[failureClass];
	return Object.hasOwn(errorWords, code) ? errorWords[code] : errorWords.internal;
}

const isFailureClass = (value: unknown): value is FailureClass =>
	typeof value === "string" && Object.hasOwn(failureWords, value);

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
