import type { Failure, ShownErrorCode } from "../connection/trpc-client";
// With its ending, because Node reads these words, too, when a run shows what people saw.
import { type ErrorWords, text, toCountdown, toModelName, toWaitSeconds } from "./wording.ts";

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
			const pinRefusal = toPinRefusal(details);
			if (pinRefusal) return pinRefusal;
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
			details.strategy === "full"
				? "The whole chat is longer than the model can read. Choose another way in Context, or a model that reads more."
				: `This chat is longer than ${toModelName(details, "the model")} can read. Shorten the message, start a new chat or use a larger model.`,
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

/** Why a message was not pinned; null for what is refused otherwise. */
function toPinRefusal({ reason, pinsMax, tokens, pinTokensLeft }: Failure["details"]): string | null {
	if (reason === "pins_max") return `A chat has at most ${pinsMax} pinned messages. Unpin one first.`;
	if (reason === "pin_empty") return "An answer can be pinned once it has some text.";
	return reason === "pin_tokens"
		? `This message is too long to pin: it has ${tokens} tokens, and ${pinTokensLeft} are left for pinned messages.`
		: null;
}

function toClockTime(value: unknown): string | null {
	if (typeof value !== "string" || Number.isNaN(Date.parse(value))) return null;
	return new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" }).format(new Date(value));
}

function toSentencePart(issue: string): string {
	return issue.replace(/\.$/, "");
}
