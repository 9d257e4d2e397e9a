import type { SourceFault } from "../source-fault.ts";

/** Faults of the corridor: what is shown, quoted and timed. */
export const chatFaults: readonly SourceFault[] = [
	{
		what: "the held-back end of a continued answer is lost",
		file: "server/chat/overlap-trimmer.ts",
		search: 'return before.endsWith(rest) && rest.length >= overlapCharactersMin ? "" : rest;',
		replace: 'return "";',
		tests: ["server/chat/overlap-trimmer.test.ts"],
		isQuick: true,
	},
	{
		what: "a short word that may be chance counts as a repetition",
		file: "server/chat/overlap-trimmer.ts",
		search: "at <= before.length - overlapCharactersMin",
		replace: "at <= before.length",
		tests: ["server/chat/overlap-trimmer.test.ts"],
		isQuick: true,
	},
	{
		what: "a second model repeats what the first one said",
		file: "server/chat/show.ts",
		search: 'if ((event.purpose ?? "answer") === "answer") trimmer = createOverlapTrimmer(text);',
		replace: "",
		tests: ["server/chat/show.test.ts", "server/chat/fallback.test.ts"],
	},
	{
		what: "a turn's second call is made before the database has it",
		file: "server/chat/turn-rooms.ts",
		search: "if (!isKnown) await running.settle();",
		replace: "",
		tests: ["server/chat/second-call.test.ts"],
		isQuick: true,
	},
	{
		what: "the time of a turn counts from its take-over, not from its acceptance",
		file: "server/chat/turn-time.ts",
		search: "clock.elapsed() - ageMs",
		replace: "clock.elapsed() - ageMs * 0",
		tests: ["server/chat/patience.test.ts", "server/chat/instances.test.ts", "server/chat/chat.test.ts"],
	},
	{
		what: "a person waits for a failure as long as a batch",
		file: "server/chat/turn-time.ts",
		search: "people: { contentMs: 45_000,",
		replace: "people: { contentMs: 600_000,",
		tests: ["server/chat/patience.test.ts", "server/chat/honest-endings.test.ts"],
	},
	{
		what: "an answer that broke off after content is called failed",
		file: "server/chat/outcome.ts",
		search: 'if (hasContent(made)) return toFailure("midstream");',
		replace: "",
		tests: ["server/chat"],
	},
	{
		what: "tokens are guessed from the number of characters",
		file: "server/context/tokens/count-message.ts",
		search: "let tokens = await count(toPlainText(parts));",
		replace: 'let tokens = Math.ceil(toPlainText(parts).length / 3.5) + 0 * (await count(""));',
		tests: ["server/chat/overflow.test.ts", "server/context/tokens/count-message.test.ts"],
	},
	{
		what: "the reservation forgets the margin for what the provider counts",
		file: "server/chat/quote-turn.ts",
		search:
			"Math.ceil(context.toModelTokens(context.toInputTokensMax(tokens.all, each), each) * inputMargin)",
		replace: "Math.ceil(context.toModelTokens(context.toInputTokensMax(tokens.all, each), each))",
		tests: ["server/chat/money.test.ts", "server/chat/chat.test.ts"],
	},
	{
		what: "the reservation forgets that a more expensive model may answer",
		file: "server/chat/quote-turn.ts",
		search: "const prices = chain.map((each)",
		replace: "const prices = chain.slice(0, 1).map((each)",
		tests: ["server/chat/money.test.ts", "server/chat/fallback.test.ts"],
	},
	{
		what: "a wanted length of the answer is ignored",
		file: "server/chat/quote-turn.ts",
		search: "Math.min(maxOutputTokens, asked.maxOutputTokens ?? maxOutputTokens)",
		replace: "maxOutputTokens",
		tests: ["server/chat", "server/batch/batch.test.ts"],
	},
];
