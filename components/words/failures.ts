import type { FailureClass } from "@/server/client";
import type { Failure } from "../connection/trpc-client";
// With endings, because Node reads these words, too, when a run shows what people saw.
import { errorWords } from "./errors.ts";
import { type ErrorWords, text, toCountdown, toModelName, toWaitSeconds } from "./wording.ts";

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

function toTryAgain(details: Failure["details"]): string {
	const seconds = toWaitSeconds(details);
	if (seconds !== null) return `You can try again in ${toCountdown(seconds)}.`;
	return details.hasWaited === true ? "You can try again now." : "Try again in a moment.";
}
