import type { TokenUsage } from "../../../contract/turn.ts";

/** The names of counts, without underscores and in lower case. The first reported name of a class counts. */
const names = {
	input: ["prompttokens", "inputtokens", "prompttokencount", "inputtokencount", "promptevalcount"],
	output: [
		...[
			"completiontokens",
			"outputtokens",
			"candidatestokencount",
			"outputtokencount",
			"completiontokencount",
		],
		...["generatedtokens", "evalcount"],
	],
	cachedInput: [
		...["cachedtokens", "cachereadinputtokens", "cachedcontenttokencount", "promptcachehittokens"],
		...["cachereadtokens", "cachedinputtokens", "cachedprompttokens", "cachehittokens", "numcachedtokens"],
		...[
			"cachereadinputtokencount",
			"cachedtokencount",
			"inputcachedtokens",
			"inputcachereadtokens",
			"cacheread",
		],
	],
	/** Tokens written to a cache, for all lifetimes together. */
	cacheWrite: [
		...["cachecreationinputtokens", "cachewritetokens", "cachecreationtokens", "cachewriteinputtokens"],
		...[
			"cachedcreationtokens",
			"cachewriteinputtokencount",
			"promptcachewritetokens",
			"inputcachewritetokens",
			"cachecreation",
		],
	],
	cacheWrite5m: ["ephemeral5minputtokens", "cachecreation5mtokens", "cachewrite5mtokens"],
	cacheWrite1h: ["ephemeral1hinputtokens", "cachecreation1htokens", "cachewrite1htokens"],
	reasoning: [
		...["reasoningtokens", "thoughtstokencount", "thinkingtokens", "reasoningoutputtokens", "thoughttokens"],
		...["reasoningtokencount", "outputreasoningtokens", "reasoning"],
	],
	/** Input from the results of the provider's own tools, which Google counts in addition to the prompt. */
	toolInput: ["toolusepromptcount", "tooluseprompttokencount"],
	total: ["totaltokens", "totaltokencount"],
} as const;

type Counts = Record<keyof typeof names, number | null>;

/** Which counts include which, where a wire documents it. Otherwise the counts themselves decide. */
export interface UsageRules {
	/** Whether the input includes the tokens read from a cache and written to one. */
	readonly inputIncludesCache?: boolean;
	/** Whether the output includes the reasoning. */
	readonly outputIncludesReasoning?: boolean;
	/** Protobuf's JSON leaves out counts of 0. */
	readonly omitsZero?: boolean;
}

/** The usage of one call, from one report or several. */
export class UsageReport {
	readonly #counts = new Map<string, number>();
	readonly #rules: UsageRules;

	constructor(rules: UsageRules = {}) {
		this.#rules = rules;
	}

	/** A later count replaces an earlier one, unless it is 0. */
	add(raw: unknown): void {
		collect(raw, (name, value) => {
			if (value > 0 || !this.#counts.has(name)) this.#counts.set(name, value);
		});
	}

	/**
	 * The final usage, or null when input or output are missing or invalid: not a number, negative, not whole, above 2^31-1
	 * (PostgreSQL's `integer`). A reported 0 is 0. A part that is larger than its whole is cut to it.
	 */
	toUsage(): TokenUsage | null {
		const find = (wanted: readonly string[]) => {
			const reported = wanted.flatMap((name) => this.#counts.get(name) ?? []);
			return reported.find((count) => count > 0) ?? reported[0] ?? null;
		};
		const classes = Object.entries(names).map(([key, wanted]) => [key, find(wanted)]);
		// As: the entries have the keys of `names`.
		const counts = Object.fromEntries(classes) as Counts;
		if (counts.input === null) return null;
		if (counts.output === null && counts.total !== null && counts.total > counts.input)
			counts.output = counts.total - counts.input;
		if (counts.output === null && !this.#rules.omitsZero) return null;
		const usage = toTokenUsage(counts, { ...toRules(counts, this.#counts), ...this.#rules });
		return isCount(usage.inputTokens) && isCount(usage.outputTokens) ? usage : null;
	}
}

const nameAs = (key: string): string => key.replace(/[_-]/g, "").toLowerCase();

/** Finds counts in the report and in its objects of details. */
function collect(raw: unknown, found: (name: string, value: number) => void, depth = 0): void {
	if (typeof raw !== "object" || raw === null) return;
	if (Array.isArray(raw)) {
		if (depth === 0) for (const report of raw) collect(report, found);
		return;
	}
	for (const [key, value] of Object.entries(raw)) {
		if (isCount(value)) found(nameAs(key), value);
		else if (depth < 1) collect(value, found, depth + 1);
	}
}

const isCount = (value: unknown): value is number =>
	typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= 0x7fffffff;

/** Anthropic and Bedrock count these in addition to their `input_tokens`. */
const besideNames = ["cachereadinputtokens", "cachecreationinputtokens", "cachewriteinputtokens"];

/**
 * In OpenAI's format the input includes cached tokens and the output includes reasoning, but gateways pass other providers' counts
 * through. Anthropic's names next to `input_tokens` mean separate counts, and so does a total that is only reached by adding them.
 */
function toRules(counts: Counts, reported: ReadonlyMap<string, number>): UsageRules {
	const { input, output, reasoning, total } = toZero(counts);
	const cached = toCached(counts);
	const hasBesideNames = besideNames.some((name) => reported.has(name));
	const isCacheBeside =
		cached > 0 &&
		(total === input + cached + output ||
			(hasBesideNames && (!reported.has("prompttokens") || cached > input)));
	const whole = isCacheBeside ? input + cached : input;
	const isReasoningBeside = reasoning > output || (reasoning > 0 && total === whole + output + reasoning);
	return { inputIncludesCache: !isCacheBeside, outputIncludesReasoning: !isReasoningBeside };
}

const toZero = ({ input, output, reasoning, total }: Counts) => ({
	input: input ?? 0,
	output: output ?? 0,
	reasoning: reasoning ?? 0,
	total: total ?? 0,
});

const toWritten = ({ cacheWrite, cacheWrite5m, cacheWrite1h }: Counts): number =>
	Math.max(cacheWrite ?? 0, (cacheWrite5m ?? 0) + (cacheWrite1h ?? 0));

const toCached = (counts: Counts): number => (counts.cachedInput ?? 0) + toWritten(counts);

function toTokenUsage(counts: Counts, rules: UsageRules): TokenUsage {
	const { input, output, reasoning, total } = toZero(counts);
	const inputTokens =
		input + (counts.toolInput ?? 0) + (rules.inputIncludesCache === false ? toCached(counts) : 0);
	const said = output + (rules.outputIncludesReasoning === false ? reasoning : 0);
	// Tokens that are only in the total are reasoning that is not reported separately; it is billed as output.
	const outputTokens = Math.max(said, total - inputTokens);
	const cachedInputTokens = Math.min(inputTokens, counts.cachedInput ?? 0);
	const writtenTokens = Math.min(inputTokens - cachedInputTokens, toWritten(counts));
	const cacheWrite1hTokens = Math.min(writtenTokens, counts.cacheWrite1h ?? 0);
	return {
		inputTokens,
		cachedInputTokens,
		cacheWriteTokens: writtenTokens - cacheWrite1hTokens,
		cacheWrite1hTokens,
		outputTokens,
		reasoningTokens: Math.min(outputTokens, reasoning),
		source: "provider_final",
	};
}
