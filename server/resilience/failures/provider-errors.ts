/**
 * Reads the codes of a provider's error. Only codes in the fields for codes count, because a body may quote a person's text, which
 * must not make a provider look throttled or its key look invalid. A quotation mark within a JSON string is escaped, so no message
 * can contain one of the patterns below.
 */
const codeField = /"(?:code|type|status)"\s*:\s*(?:"([^"\\]{1,80})"|(\d{3})\b)/gi;
/** `{"error":"overloaded"}` */
const wordField = /"error"\s*:\s*"([^"\\]{1,80})"/gi;

/** The codes of an error's body in lower case; an HTTP status is one of them, as digits. */
export function toCodes(body: string): ReadonlySet<string> {
	const codes = new Set<string>();
	for (const [, word = "", digits = ""] of body.matchAll(codeField))
		codes.add((word || digits).toLowerCase());
	for (const [, word = ""] of body.matchAll(wordField)) codes.add(word.toLowerCase());
	return codes;
}

type Meaning = "throttled" | "no_credit" | "auth" | "context_length" | "filter_outage";

/**
 * Codes of OpenAI, Azure OpenAI, Anthropic, Google, DeepSeek and Mistral. The first row with a code of the body counts: an empty
 * account answers 429 with codes of both rows.
 */
const meanings: readonly (readonly [Meaning, readonly string[]])[] = [
	["filter_outage", ["content_filter_error"]],
	[
		"no_credit",
		[
			...["insufficient_quota", "insufficient_balance", "billing_error", "billing_not_active"],
			...["billing_hard_limit_reached", "credits_exhausted", "402"],
		],
	],
	[
		"throttled",
		[
			...["rate_limit_exceeded", "rate_limit_error", "rate_limited", "too_many_requests", "429"],
			...["overloaded_error", "overloaded", "engine_overloaded", "529", "resource_exhausted", "slow_down"],
		],
	],
	["context_length", ["context_length_exceeded", "string_above_max_length", "model_context_window_exceeded"]],
	[
		"auth",
		[
			...["invalid_api_key", "authentication_error", "permission_error", "unauthenticated", "401"],
			...["permission_denied", "api_key_invalid", "account_deactivated", "access_denied", "403"],
		],
	],
];

/** The meaning of the codes; null when none is known. */
export function toMeaning(codes: ReadonlySet<string>): Meaning | null {
	return meanings.find(([, words]) => words.some((word) => codes.has(word)))?.[0] ?? null;
}

/** For providers without a code. The text may quote the person, which can only end that person's own turn. */
export const saysTooLong = (body: string): boolean =>
	/context.?(length|window)|maximum context|too many tokens|prompt is too long|input token count/i.test(body);

/** Anthropic and Google send these as `invalid_request`. Only the beginning of the message is compared, where no quotation can be. */
export const saysNoCredit = (body: string): boolean =>
	/"message"\s*:\s*"(your credit balance is too low|insufficient balance)/i.test(body);
export const saysBadKey = (body: string): boolean =>
	/"message"\s*:\s*"api key (not valid|expired)|"reason"\s*:\s*"api_key_invalid"/i.test(body);

/** Google's `RetryInfo`: `"retryDelay": "37s"`. Milliseconds. */
export function toRetryDelayMs(body: string): number | null {
	const seconds = /"retryDelay"\s*:\s*"(\d{1,6}(?:\.\d{1,9})?)s"/.exec(body)?.[1];
	return seconds === undefined ? null : Number(seconds) * 1_000;
}
