import type { TokenUsage } from "../../../contract/turn.ts";

/** Names of counts without case and underlines; within a class the first that is reported counts. */
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
		...["cachereadinputtokencount", "cachedtokencount", "inputcachedtokens", "inputcachereadtokens"],
	],
	/** Of every lifetime, where the lifetimes are not told apart. */
	cacheWrite: [
		...["cachecreationinputtokens", "cachewritetokens", "cachecreationtokens", "cachewriteinputtokens"],
		...[
			"cachedcreationtokens",
			"cachewriteinputtokencount",
			"promptcachewritetokens",
			"inputcachewritetokens",
		],
	],
	cacheWrite5m: ["ephemeral5minputtokens", "cachecreation5mtokens", "cachewrite5mtokens"],
	cacheWrite1h: ["ephemeral1hinputtokens", "cachecreation1htokens", "cachewrite1htokens"],
	reasoning: [
		...["reasoningtokens", "thoughtstokencount", "thinkingtokens", "reasoningoutputtokens", "thoughttokens"],
		...["reasoningtokencount", "outputreasoningtokens"],
	],
	/** Of calls of a provider's own tools; Google counts them beside the prompt. */
	toolInput: ["toolusepromptcount", "tooluseprompttokencount"],
	total: ["totaltokens", "totaltokencount"],
} as const;

type Counts = Record<keyof typeof names, number | null>;

/** Which counts include which, where a wire says so; else it is read from the counts themselves. */
export interface UsageRules {
	/** Whether the input includes what was read from and written to a cache. */
	readonly inputIncludesCache?: boolean;
	/** Whether the output includes the reasoning. */
	readonly outputIncludesReasoning?: boolean;
	/** Protobuf's JSON leaves out counts of 0. */
	readonly omitsZero?: boolean;
}

/** What a provider reports of the usage of one call, in one event or in several. */
export class UsageReport {
	readonly #counts = new Map<string, number>();
	readonly #rules: UsageRules;

	constructor(rules: UsageRules = {}) {
		this.#rules = rules;
	}

	/** A later report replaces an earlier one, but 0 or nothing replaces no count. */
	add(raw: unknown): void {
		collect(raw, (name, value) => {
			if (value > 0 || !this.#counts.has(name)) this.#counts.set(name, value);
		});
	}

	/**
	 * The final count, or null when input or output are missing or cannot be believed: no numbers, negative, not whole, past 2^31-1
	 * (PostgreSQL's `integer`). An explicit 0 is 0. No part is larger than what includes it.
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
		if (counts.output === null && !this.#rules.omitsZero) return null;
		const usage = toTokenUsage(counts, { ...toRules(counts, this.#counts), ...this.#rules });
		return isCount(usage.inputTokens) && isCount(usage.outputTokens) ? usage : null;
	}
}

const nameAs = (key: string): string => key.replace(/[_-]/g, "").toLowerCase();

/** Counts stand in the report itself and in the objects for details in it. */
function collect(raw: unknown, found: (name: string, value: number) => void, depth = 0): void {
	if (typeof raw !== "object" || raw === null || Array.isArray(raw)) return;
	for (const [key, value] of Object.entries(raw)) {
		if (isCount(value)) found(nameAs(key), value);
		else if (depth < 1) collect(value, found, depth + 1);
	}
}

const isCount = (value: unknown): value is number =>
	typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= 0x7fffffff;

/** Anthropic and Bedrock count these beside their `input_tokens`. */
const besideNames = ["cachereadinputtokens", "cachecreationinputtokens", "cachewriteinputtokens"];

/**
 * On OpenAI's wire the input includes what is cached, and the output the reasoning; gateways pass other providers' counts through.
 * Anthropic's names beside `input_tokens` are counts beside it, and so are counts that only a larger sum explains.
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
	...{ input: input ?? 0, output: output ?? 0, reasoning: reasoning ?? 0, total: total ?? 0 },
});

const toWritten = ({ cacheWrite, cacheWrite5m, cacheWrite1h }: Counts): number =>
	Math.max(cacheWrite ?? 0, (cacheWrite5m ?? 0) + (cacheWrite1h ?? 0));

const toCached = (counts: Counts): number => (counts.cachedInput ?? 0) + toWritten(counts);

function toTokenUsage(counts: Counts, rules: UsageRules): TokenUsage {
	const { input, output, reasoning, total } = toZero(counts);
	const inputTokens =
		input + (counts.toolInput ?? 0) + (rules.inputIncludesCache === false ? toCached(counts) : 0);
	const said = output + (rules.outputIncludesReasoning === false ? reasoning : 0);
	// What a total has more than its parts was made by the model, and is paid as its output: thoughts that are not told apart.
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
