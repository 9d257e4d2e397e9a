import type { ProviderError } from "./provider-error.ts";
import type { RequestShape } from "./wire.ts";
import { toFields } from "./wire-value.ts";

/** How the next request should differ, and what of it holds for later calls too. */
export interface Adaptation {
	/** Each kind is tried once in a call. */
	readonly kind: string;
	readonly learned: Partial<RequestShape>;
	/** The output limit of this call alone, in tokens. */
	readonly maxOutputTokens?: number;
}

interface Refused {
	readonly shape: RequestShape;
	readonly maxOutputTokens: number;
	/** What the provider says about its refusal. */
	readonly words: string;
	/** The whole of its answer, with codes and parameters. */
	readonly body: string;
}

type Rule = (refused: Refused) => Omit<Adaptation, "kind"> | null;

/**
 * What refusals ask for, in the words of OpenAI, Azure, vLLM, SGLang, llama.cpp, TGI, LiteLLM, OpenRouter, Mistral, Groq, DeepSeek,
 * Alibaba, Anthropic and Google. A body may repeat a person's words; so what was changed is only learned when the next request is
 * not refused.
 */
const rules: Readonly<Record<string, Rule>> = {
	roles: ({ shape, words }) =>
		!shape.mergesRoles &&
		/roles? must alternate|alternat\w+ (between )?(user|roles)|consecutive (user|assistant|messages)|(multiple|two) (user|assistant) messages in a row|after the optional system message/i.test(
			words,
		)
			? { learned: { mergesRoles: true } }
			: null,
	system: ({ shape, words }) =>
		shape.systemRole === "system" &&
		(/(system|developer)[ _'"`]*(role|messages?|prompt|instructions?)?[ '"`]*(is |are )?(not|n't|un)[ -]?(supported|allowed|permitted|enabled)/i.test(
			words,
		) ||
			/does not support '?(system|developer)/i.test(words))
			? { learned: { systemRole: "user" } }
			: null,
	usage: ({ shape, body }) =>
		shape.asksForUsage && /stream_options|include_usage/i.test(body)
			? { learned: { asksForUsage: false } }
			: null,
	stream: ({ shape, body, words }) =>
		shape.streams &&
		(/"param"\s*:\s*"stream"/.test(body) ||
			/\bstream(ing)?\b.{0,40}(not|n't|un)[ -]?(supported|support|allowed|available)/i.test(words))
			? { learned: { streams: false } }
			: null,
	field: ({ shape, body }) => {
		const { outputLimitField: field } = shape;
		const other = field === "max_tokens" ? "max_completion_tokens" : "max_tokens";
		return new RegExp(`\\b${field}\\b`).test(body) && isUnknownField(body, other)
			? { learned: { outputLimitField: other } }
			: null;
	},
	window: toSmallerWindow,
	output: ({ maxOutputTokens, words }) => {
		if (!/max\w*[ _]?\w*tokens|output tokens|completion tokens/i.test(words)) return null;
		const limits = [...words.matchAll(limitPhrase)].map(([, number, exclusive]) =>
			exclusive ? Number(number) - 1 : Number(number),
		);
		const outputTokensMax = Math.max(0, ...limits.filter((limit) => limit < maxOutputTokens));
		return outputTokensMax >= outputTokensMin ? { learned: { outputTokensMax } } : null;
	},
};

/** An answer of fewer tokens is none; OpenAI refuses to give less than 16 to its reasoning models. */
const outputTokensMin = 16;

/** A smaller one is no window of a model that chats, and a number that means something else. */
const windowTokensMin = 512;

const isUnknownField = (body: string, other: string): boolean =>
	new RegExp(
		`use '?${other}|unsupported.parameter|unrecognized|unknown|unexpected|extra_forbidden|extra inputs|not permitted`,
		"i",
	).test(body);

/** `at most 4096`, `<= 4096`, `[1, 4096]`, `8192 > 4096`, `from 1 (inclusive) to 8193 (exclusive)`. */
const limitPhrase =
	/(?:at most|maximum(?: allowed)?(?: value)?(?: is| of|:)?|up to|limit(?: is| of|ed to|:)?|<=|≤|>|less than or equal to|(?:less|lower|smaller|more) than|not exceed|between \d+ and|\[ ?\d+ ?,|\d \(inclusive\) to|\b1 to)\s*['"`]?(\d{2,8})\b['"`]?( \(exclusive\))?/gi;

const windowPhrases = [
	/context (?:length|window|size|limit)\D{0,40}?(\d{3,8})/i,
	/\d+ \+ \d+ > (\d{3,8})/,
	/"n_ctx"\s*:\s*(\d{3,8})/,
	/max_new_tokens`? must be <=? (\d{3,8})/i,
	/(\d{3,8}) maximum context length/i,
	/tokens > (\d{3,8}) maximum/i,
	/maximum number of tokens allowed \((\d{3,8})\)/i,
];

const promptPhrases = [
	/(\d+) (?:tokens )?(?:in|of|from) (?:the |your |text )*(?:messages|prompt|text|input)/i,
	/(\d+) (?:`?inputs?`?|prompt) tokens/i,
	/(\d+) \+ \d+ > \d{3,8}/,
	/prompt contains (?:at least )?(\d+)/i,
	/"n_prompt_tokens"\s*:\s*(\d+)/,
];

const findNumber = (text: string, phrases: readonly RegExp[]): number | null => {
	const found = phrases.map((phrase) => phrase.exec(text)?.[1]).find((number) => number !== undefined);
	return found === undefined ? null : Number(found);
};

/** The window is shared by prompt and answer: where the prompt leaves room, a shorter answer fits. */
function toSmallerWindow({ shape, maxOutputTokens, words, body }: Refused): Omit<Adaptation, "kind"> | null {
	const contextWindow = findNumber(words, windowPhrases) ?? findNumber(body, windowPhrases);
	const isNew = contextWindow !== null && contextWindow !== shape.contextWindow;
	if (contextWindow === null || contextWindow < windowTokensMin) return null;
	const promptTokens = findNumber(words, promptPhrases) ?? findNumber(body, promptPhrases);
	const room = promptTokens === null ? 0 : contextWindow - promptTokens;
	if (room >= outputTokensMin && room < maxOutputTokens)
		return { learned: isNew ? { contextWindow } : {}, maxOutputTokens: room };
	return null;
}

/** How a provider begins to say that a conversation is too long; a person's words that it repeats stand behind others. */
const tooLongBeginning =
	/^\W*(this (model|endpoint)'s maximum context|(the )?request (\(\d+ tokens\) )?exceeds the available context|prompt (is too long|contains \d)|inputs` tokens|input length and|the input token count|'?max_tokens)/i;

/** The window that a refusal states, in tokens, also where no shorter answer would fit; null when it states none. */
export function toStatedWindow(error: ProviderError): number | null {
	const words = toWords(error.body);
	const isStated = tooLongBeginning.test(words) || /"exceed_context_size_error"/.test(error.body);
	const stated = isStated
		? (findNumber(words, windowPhrases) ?? findNumber(error.body, windowPhrases))
		: null;
	return stated !== null && stated >= windowTokensMin ? stated : null;
}

/** A chat template that refuses a conversation is an error of the server's own to llama.cpp and others. */
const templateKinds: ReadonlySet<string> = new Set(["roles", "system"]);

/** What a provider's refusal asks the next request to do otherwise; null when it says nothing of the kind. */
export function toAdaptation(
	error: ProviderError,
	sent: Pick<Refused, "shape" | "maxOutputTokens">,
	tried: ReadonlySet<string>,
): Adaptation | null {
	if (error.kind !== "http") return null;
	const isRefusal = error.status === 400 || error.status === 413 || error.status === 422;
	const words = toWords(error.body);
	for (const [kind, rule] of Object.entries(rules)) {
		if (tried.has(kind) || !(isRefusal || (error.status === 500 && templateKinds.has(kind)))) continue;
		const adaptation = rule({ ...sent, words, body: error.body });
		if (adaptation) return { kind, ...adaptation };
	}
	return null;
}

/** The messages in an error's body: they stand in many places, also as JSON within text. */
function toWords(body: string): string {
	try {
		return toMessages(JSON.parse(body)).join("\n") || body;
	} catch {
		return body;
	}
}

const messageKeys =
	/^(message|msg|detail|details|error|errors|error_msg|error_message|reason|raw|metadata)$/i;

function toMessages(value: unknown, depth = 0): string[] {
	if (typeof value === "string") {
		if (!value.trimStart().startsWith("{") || depth > 4) return [value];
		const inner = toWords(value);
		return [inner === value ? value : inner];
	}
	if (depth > 4) return [];
	if (Array.isArray(value)) return value.flatMap((one) => toMessages(one, depth + 1));
	return Object.entries(toFields(value)).flatMap(([key, one]) =>
		messageKeys.test(key) ? toMessages(one, depth + 1) : [],
	);
}
