/** One way in which a model fails, what the person must read, and what they can do then. */
interface FaultRow {
	readonly name: string;
	/** The simulator's fault for every request to the model. */
	readonly fault: string;
	readonly words: string | RegExp;
	/** What the person can do about it, in this order. */
	readonly actions: readonly string[];
	/** The part that had arrived stays. */
	readonly hasPart?: boolean;
	readonly baseUrl?: string;
	readonly seconds?: number;
}

const unavailable = { actions: ["Try again", "Answer with small"] };
const misconfigured = { actions: ["Answer with small", "Try again"] };
const broken = { actions: ["Continue", "Try again", "Answer with small"], hasPart: true };
const brokeOff = "The connection to the model broke. What you see is saved.";
const noAnswer = "isn't responding. You weren't charged.";

/** Each row has a model of its own, so that none opens the circuit breaker of another. */
export const faultRows: readonly FaultRow[] = [
	{
		name: "connect",
		fault: "none",
		baseUrl: "http://127.0.0.1:9/v1",
		...unavailable,
		words: "connect can't be reached right now. You weren't charged.",
	},
	{ name: "down", fault: "503", words: `down ${noAnswer}`, ...unavailable },
	{ name: "proxy-page", fault: "html-502", words: `proxy-page ${noAnswer}`, ...unavailable },
	{
		name: "wordless",
		fault: "empty",
		words: "wordless ended without an answer. Try again, change the wording or choose another model.",
		actions: ["Try again", "Edit", "Answer with small"],
	},
	{
		name: "error-first",
		fault: "error-first",
		...unavailable,
		words: "error-first failed before it started to answer. You weren't charged.",
	},
	{
		name: "throttled",
		fault: "429,retry=290",
		...unavailable,
		words: /throttled is busy\. You can try again in [0-4]:\d\d\./,
	},
	{
		name: "no-credit",
		fault: "429-quota",
		...misconfigured,
		words: "no-credit can't answer: its account is out of credit.",
	},
	{
		name: "key-refused",
		fault: "401",
		...misconfigured,
		words: "key-refused is misconfigured. Ask an administrator to fix it, or use another model.",
	},
	{
		name: "redirected",
		fault: "redirect",
		...misconfigured,
		words: "redirected is misconfigured. Ask an administrator to fix it, or use another model.",
	},
	{
		name: "bad-request",
		fault: "400",
		actions: ["Edit", "Answer with small", "Try again"],
		words: "bad-request can't handle this request.",
	},
	{
		name: "too-long",
		fault: "context-length",
		actions: ["Answer with roomy", "Edit", "New chat"],
		words: "This chat is longer than too-long can read.",
	},
	{
		name: "refused",
		fault: "filter-request",
		actions: ["Edit"],
		words: "The provider refused this request. Rephrase it and try again.",
	},
	{
		name: "cut-off",
		fault: "filter-response@20",
		actions: ["Edit"],
		hasPart: true,
		words: "The provider cut this answer off because of its content. What you see is saved.",
	},
	{ name: "reset", fault: "reset@20", words: brokeOff, ...broken },
	{ name: "unfinished", fault: "eof@20", words: brokeOff, ...broken },
	{ name: "error-later", fault: "error@20", words: brokeOff, ...broken },
	{
		name: "silent",
		fault: "pings",
		seconds: 60,
		...unavailable,
		words: "silent took too long to answer. You weren't charged.",
	},
];

/** Endings that would take too long to happen in a test: the test writes them into the database. */
export const storedFaultRows = [
	{
		status: "expired_in_queue",
		code: "expired_in_queue",
		failure: "expired_in_queue",
		hasText: false,
		words: "small was too busy to answer in time. You weren't charged.",
		actions: ["Try again", "Answer with"],
	},
	{
		status: "failed",
		code: "overloaded",
		failure: "overloaded",
		hasText: false,
		words: "small is busy. Try again in a moment.",
		actions: ["Try again", "Answer with"],
	},
	{
		status: "failed",
		code: "provider_unavailable",
		failure: "filter_outage",
		hasText: false,
		words: "The content filter of small is unavailable, and it doesn't answer without one.",
		actions: ["Try again"],
	},
	{
		status: "interrupted",
		code: "stream_interrupted",
		failure: "filter_outage",
		hasText: true,
		words: "The content filter of small became unavailable. What you see is saved.",
		actions: ["Continue", "Try again"],
	},
	{
		status: "filtered_response",
		code: "content_filtered",
		failure: "filtered_response",
		hasText: false,
		words: "The provider withheld this answer. Rephrase your message and try again.",
		actions: ["Edit"],
	},
	{
		status: "failed",
		code: "internal",
		failure: "of-a-newer-server",
		hasText: false,
		words: "Something went wrong on our side.",
		actions: ["Try again"],
	},
] as const;
