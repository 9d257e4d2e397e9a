import { type Headers, toResetMs, toRetryAfterMs, toWait } from "./retry-after.ts";

/**
 * A provider's error as read from its body. A body may quote a person's text, so codes are read from the fields for codes only;
 * the text of messages is kept apart, and every rule about it has to be harmless to other people.
 */
export interface ErrorBody {
	/** Codes in lower case without punctuation: `rate_limit_exceeded` and `RateLimitExceeded` are both `ratelimitexceeded`. */
	readonly codes: readonly string[];
	/** Codes of an error that is quoted as JSON within a message: gateways wrap their provider's error so. */
	readonly quotedCodes: readonly string[];
	/** Sentences, in the order of the body; for a body that is not JSON, its text. */
	readonly messages: readonly string[];
	/** A page of a proxy instead of an answer of the provider's API. */
	readonly isPage: boolean;
	/** The wait in milliseconds that a field of the body names; null without one. */
	readonly waitMs: number | null;
	/** Rate limit headers that the body repeats, names in lower case. */
	readonly headers: Headers;
}

const codeFields = [
	"code",
	"type",
	"status",
	"reason",
	"error",
	"error_type",
	"error_code",
	"errorcode",
	"status_code",
	"__type",
];
const messageFields = [
	"message",
	"error",
	"error_message",
	"errormessage",
	"error_description",
	"detail",
	"details",
	"msg",
	"status_msg",
	"faultstring",
	"raw",
	"code",
];

/** A longer value, or one of several words, is a sentence. */
const isCode = (text: string): boolean => /^[\w.:/-]{1,80}$/.test(text);

const messageCharactersMax = 600;
const messagesMax = 12;

export function readErrorBody(body: string): ErrorBody {
	const text = body.trim();
	const found = { codes: new Set<string>(), quotedCodes: new Set<string>(), messages: [] as string[] };
	const waits: number[] = [];
	const headers: Record<string, string> = {};
	const isJson = /^["[{]/.test(text);
	if (!isJson && text !== "") found.messages.push(text.slice(0, messageCharactersMax));
	const collect = (json: string, depth: number) => {
		for (const [field, value] of readFields(json)) {
			if (codeFields.includes(field) && isCode(value))
				(depth === 0 ? found.codes : found.quotedCodes).add(normalise(value));
			else if (messageFields.includes(field) && found.messages.length < messagesMax) {
				found.messages.push(value.slice(0, messageCharactersMax));
				if (/^\s*[[{]/.test(value) && depth < 2) collect(value, depth + 1);
			}
			const waitMs = depth === 0 ? toFieldWaitMs(field, value) : null;
			if (waitMs !== null) waits.push(waitMs);
			if (/ratelimit|^retry-after/.test(field)) headers[field] = value;
		}
	};
	if (isJson) collect(text, 0);
	return {
		codes: [...found.codes],
		quotedCodes: [...found.quotedCodes],
		messages: found.messages,
		// Cloudflare answers `error code: 1020` where HTML is not accepted.
		isPage: /^<(?:!doctype html|html|head|body|title|center|h1)\b|^error code: \d{3,4}$/i.test(text),
		waitMs: waits.length > 0 ? toWait(Math.max(...waits)) : null,
		headers,
	};
}

/**
 * How long the error asks to wait, in whole milliseconds; null when it does not: first what it says of this request in a header, in
 * the body or in a sentence, then when a limit resets.
 */
export function toErrorWaitMs(headers: Headers, body: ErrorBody, nowMs: number): number | null {
	return (
		toSentenceWaitMs(body.messages, nowMs) ??
		toRetryAfterMs(headers, nowMs) ??
		toRetryAfterMs(body.headers, nowMs)
	);
}

const normalise = (code: string): string => code.toLowerCase().replace(/[^a-z0-9]/g, "");

/** A string (also one that is cut off at the end of the text), a number, or a character of JSON's own. */
const token = /"((?:[^"\\]|\\.)*)(?:"|\\?$)|-?\d+(?:\.\d+)?|[{}[\]:,]/g;

/**
 * The fields of a JSON text whose values are strings or numbers, at any depth, with names in lower case. The text may be cut off
 * anywhere. Reads token by token, so that nothing within a string looks like a field.
 */
function* readFields(json: string): Generator<[field: string, value: string]> {
	let last: string | null = null;
	let field: string | null = null;
	for (const [text, quoted] of json.matchAll(token)) {
		if (text === ":") field = last?.toLowerCase() ?? null;
		const value = quoted === undefined ? text : decode(quoted);
		const isValue = quoted !== undefined || /^[-\d]/.test(text);
		if (isValue && field !== null) yield [field, value];
		if (text !== ":") field = null;
		last = quoted === undefined ? null : value;
	}
}

function decode(quoted: string): string {
	try {
		const value: unknown = JSON.parse(`"${quoted}"`);
		return typeof value === "string" ? value : quoted;
	} catch {
		return quoted;
	}
}

/** Google's `retryDelay` is a duration; the other fields are numbers of seconds or milliseconds. */
function toFieldWaitMs(field: string, value: string): number | null {
	if (field === "retrydelay") return toResetMs(value, 0);
	const unitMs = { retry_after_ms: 1, retry_after: 1_000, retry_after_seconds: 1_000, estimated_time: 1_000 };
	if (!Object.hasOwn(unitMs, field) || !/^\d{1,9}(\.\d{1,9})?$/.test(value)) return null;
	// `as`: `hasOwn` has just found the name.
	return Number(value) * unitMs[field as keyof typeof unitMs];
}

const amount = String.raw`\d{1,9}(?:\.\d{1,9})?\s*(?:ms|milliseconds?|seconds?|secs?|s|minutes?|mins?|m|hours?|hrs?|h|days?|d)(?![a-z])`;
const duration = String.raw`${amount}(?:,?\s*(?:and\s+)?${amount}){0,3}`;
const instant = String.raw`\d{4}-\d\d-\d\dT[\d:.]{8,20}(?:Z|[+-]\d\d:\d\d)`;
/** `try again in 2.9s`, `retry after 1 minute and 5 seconds`, `resets at 2026-11-24T12:00:00Z`. */
const sentenceWait = new RegExp(
	String.raw`\b(?:again|retry|wait|resets?)\b[^\d\n]{0,30}?(?:(${duration})|(${instant}))`,
	"i",
);

function toSentenceWaitMs(messages: readonly string[], nowMs: number): number | null {
	for (const message of messages) {
		const [, stated, at] = sentenceWait.exec(message) ?? [];
		if (at !== undefined) {
			const waitMs = toResetMs(at, nowMs);
			if (waitMs !== null) return toWait(waitMs);
		}
		if (stated !== undefined) return toWait(toResetMs(shorten(stated), nowMs) ?? 0);
	}
	return null;
}

/** `1 minute and 5 seconds` as `1m5s`. */
const shorten = (stated: string): string =>
	Array.from(stated.toLowerCase().matchAll(/([\d.]+)\s*(ms|milli|[smhd])/g), ([, number, unit]) =>
		[number, unit === "milli" ? "ms" : unit].join(""),
	).join("");
