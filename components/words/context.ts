/** Every English text about what a model is sent, in one object, so that a translation is one more of the same type. */
export const contextWords = {
	title: "Context",
	open: "Context",
	openHint: "What the model is sent of this chat",
	loading: "Loading…",
	failed: "Couldn't load the context.",

	strategy: "What is sent of this chat",
	asPlan: (name: string) => `As your plan says (${name})`,
	strategies: {
		auto: {
			name: "Auto",
			about:
				"Short chats are sent whole. Of longer ones, what your question needs, arranged so that the provider can reuse what it has read before.",
		},
		full: {
			name: "Everything",
			about:
				"The whole chat, every time. Costs the most, and ends when the chat is longer than the model reads.",
		},
		window: { name: "Newest messages", about: "The newest messages that fit. Older ones are left out." },
		summary: {
			name: "Summary",
			about: "A summary of the older messages, then the newest in full.",
		},
		semantic: {
			name: "What the question needs",
			about: "The newest messages, and of the older ones those that have most to do with the question.",
		},
	},
	budget: "Tokens at most",
	budgetHint: "Leave it empty for as many as the model reads.",
	budgetRange: (min: string, max: string) => `Between ${min} and ${max} tokens.`,
	save: "Save",
	saved: "Saved",

	meter: (percent: number) => `This chat fills ${percent}% of what the model reads at once`,
	meterOver: "This chat is longer than what the model reads at once",
	meterSize: (tokens: string, budget: string) => `About ${tokens} of ${budget} tokens`,
	/** What happens when the chat is longer than the model reads. */
	whenFull: {
		auto: "Of the older messages, only what a question needs will be sent.",
		full: "A chat that is longer can't be sent whole: choose another way, or start a new chat.",
		window: "Older messages will be left out.",
		summary: "Older messages will be summarised.",
		semantic: "Of the older messages, only what a question needs will be sent.",
	},

	pin: "Pin message",
	unpin: "Unpin message",
	pinned: "Pinned",
	unpinned: "Unpinned",
	pins: "Pinned messages",
	pinsHint: "Sent with every question, whatever else is left out.",
	noPins: "No pinned messages. Pin one in its menu, and it's always sent.",
	pinTokens: (used: string, max: string) => `${used} of ${max} tokens`,
	tokens: (count: string) => `${count} tokens`,
	roles: { user: "You", assistant: "Answer" },
	noText: "No text",

	details: "Context",
	nothingSent: "No model was called for this answer.",
	call: (number: number | null, model: string) =>
		number === null ? `Sent to ${model}` : `${number}. Sent to ${model}`,
	notKept: "What was sent can't be shown any more: a part of it was deleted.",
	notKnown: "What was sent isn't known: this answer is from before it was kept.",
	sentWhole: "The whole chat was sent.",
	reasons: {
		whole: "the whole chat was sent, because it's short enough.",
		warm: "the beginning stayed as it was, because the provider still had it in its cache; what the question needed was added.",
		cold: "what the question needed was chosen again, because the provider's cache no longer had the chat.",
		limit:
			"what the question needed was chosen again, because the chat came near the limit of the model or of its lower price.",
		asked: "",
	},
	parts: {
		messages: (count: number) => (count === 1 ? "1 message" : `${count} messages`),
		evidence: (count: number) =>
			count === 1
				? "1 older message that the question needs"
				: `${count} older messages that the question needs`,
		summary: (count: number) =>
			count > 0 ? `Summary of ${count} older messages` : "Summary of older messages",
		question: () => "Your question",
		continued: () => "The answer so far, to be continued",
	},
	omitted: (count: number, tokens: string) =>
		count === 1
			? `1 message was left out (${tokens} tokens).`
			: `${count} messages were left out (${tokens} tokens).`,
	omittedBecause: {
		auto: "They had least to do with the question.",
		full: "They didn't fit.",
		window: "They're older than what fits.",
		summary: "The summary replaces them, or they didn't fit.",
		semantic: "They had least to do with the question.",
	},
	sentTokens: (count: string) => `${count} tokens sent`,
	cachedTokens: (count: string) => `${count} from the provider's cache`,
	estimated: "estimated",
	cached: "Cached",
	cachedPart: (count: string) => `${count} cached`,
	cacheWritten: "Written to the cache",
	sentRoles: { system: "System", user: "User", assistant: "Assistant" },
	showMore: "Show more",

	fullContext: "Answer again with full context",

	compact: "Compact now",
	compactNothing: "There's nothing left to summarise in this chat.",
	compactEstimate: (count: string, tokens: string) =>
		`${count} older messages with ${tokens} tokens can be summarised. You read the summary first; no message is removed.`,
	compactCost: (amount: string) => `Costs at most ${amount}, paid by the server.`,
	compactPreview: "Write a summary",
	compactBusy: "Writing…",
	compactProposed: "This would be sent in place of the older messages.",
	compactUsed: "The summary is sent in place of the older messages.",
	compactUndone: "The messages are sent in full again.",
	compactSize: (before: string, after: string) => `${before} tokens become ${after}.`,
	compactPaid: (amount: string) => `Cost: ${amount}, paid by the server.`,
	compactUse: "Use this summary",
	compactDiscard: "Discard",
	compactUndo: "Undo",
} as const;
