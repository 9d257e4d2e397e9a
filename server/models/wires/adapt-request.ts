import type { ProviderError } from "./provider-error.ts";
import type { RequestShape } from "./wire.ts";
import { toFields } from "./wire-value.ts";

/** How the next request differs, and which of the changes later calls need too. */
export interface Adaptation {
	/** Each kind is tried once per call. */
	readonly kind: string;
	readonly learned: Partial<RequestShape>;
	/** An output limit in tokens for this call only. */
	readonly maxOutputTokens?: number;
}

interface Refused {
	readonly shape: RequestShape;
	readonly maxOutputTokens: number;
	/** The messages in the body of the refusal. */
	readonly words: string;
	/** The body, with codes and parameters. */
	readonly body: string;
}

type Rule = (refused: Refused) => Omit<Adaptation, "kind"> | null;

/**
 * The refusals of OpenAI, Azure, vLLM, SGLang, llama.cpp, TGI, LiteLLM, OpenRouter, Mistral, Groq, DeepSeek, Alibaba, Anthropic and
 * Google, and the changes that they call for. A body may quote a person's message, so a change is only remembered when the next
 * request is accepted.
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
	cacheKey: ({ shape, body }) =>
		shape.sendsCacheKey && /prompt_cache_key/i.test(body) ? { learned: { sendsCacheKey: false } } : null,
	/** A server that keeps prompts may not keep them for an hour. */
	cacheHour: ({ shape, body }) =>
		(shape.promptCache === "1h" || shape.promptCache === "auto") &&
		/cache_control\b.{0,40}\bttl|\bttl\b|extended-cache/i.test(body)
			? { learned: { promptCache: "5m" } }
			: null,
	cache: ({ shape, body }) =>
		shape.promptCache !== "off" && /cache_control/i.test(body) ? { learned: { promptCache: "off" } } : null,
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

/** OpenAI refuses fewer tokens than 16 for its reasoning models. */
const outputTokensMin = 16;

/** A smaller number is not the window of a chat model. */
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

/** Prompt and answer share the window: when the prompt leaves room, a shorter answer fits. */
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

/** The beginnings of messages about the window. A quoted message of a person never comes first. */
const tooLongBeginning =
	/^\W*(this (model|endpoint)'s maximum context|(the )?request (\(\d+ tokens\) )?exceeds the available context|prompt (is too long|contains \d)|inputs` tokens|input length and|the input token count|'?max_tokens)/i;

/** The window in tokens that a refusal states, or null. */
export function toStatedWindow(error: ProviderError): number | null {
	const words = toWords(error.body);
	const isStated = tooLongBeginning.test(words) || /"exceed_context_size_error"/.test(error.body);
	const stated = isStated
		? (findNumber(words, windowPhrases) ?? findNumber(error.body, windowPhrases))
		: null;
	return stated !== null && stated >= windowTokensMin ? stated : null;
}

/** llama.cpp and others answer 500 when a chat template rejects the conversation. */
const templateKinds: ReadonlySet<string> = new Set(["roles", "system"]);

/** The change that a refusal calls for, or null. */
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

/** The messages in an error's body, also those in JSON inside a string. */
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
