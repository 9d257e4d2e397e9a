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

const unavailable = { actions: ["Retry", "Answer with small"] };
const misconfigured = { actions: ["Answer with small", "Retry"] };
const broken = { actions: ["Continue", "Retry", "Answer with small"], hasPart: true };
const brokeOff = "The connection to the model broke. The part you see is saved.";
const noAnswer = "does not answer right now. Nothing is charged.";

/** Each row has a model of its own, so that none opens the circuit breaker of another. */
export const faultRows: readonly FaultRow[] = [
	{
		name: "connect",
		fault: "none",
		baseUrl: "http://127.0.0.1:9/v1",
		...unavailable,
		words: "connect cannot be reached right now. Nothing is charged.",
	},
	{ name: "down", fault: "503", words: `down ${noAnswer}`, ...unavailable },
	{ name: "proxy-page", fault: "html-502", words: `proxy-page ${noAnswer}`, ...unavailable },
	{ name: "wordless", fault: "empty", words: `wordless ${noAnswer}`, ...unavailable },
	{
		name: "error-first",
		fault: "error-first",
		...unavailable,
		words: "error-first failed before its first word. Nothing is charged.",
	},
	{
		name: "throttled",
		fault: "429,retry=290",
		...unavailable,
		words: /throttled has too much to do\. You can try again in [0-4]:\d\d\./,
	},
	{
		name: "no-credit",
		fault: "429-quota",
		...misconfigured,
		words: "no-credit cannot answer: an administrator has to top up its account.",
	},
	{
		name: "key-refused",
		fault: "401",
		...misconfigured,
		words: "key-refused is misconfigured. An administrator has to repair it;",
	},
	{
		name: "redirected",
		fault: "redirect",
		...misconfigured,
		words: "redirected is misconfigured. An administrator has to repair it;",
	},
	{
		name: "bad-request",
		fault: "400",
		actions: ["Edit", "Answer with small", "Retry"],
		words: "bad-request cannot work with this request.",
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
		words: "The provider refused this request. Change the wording and try again.",
	},
	{
		name: "cut-off",
		fault: "filter-response@20",
		actions: ["Edit"],
		hasPart: true,
		words: "The provider cut this answer off because of its content. The part you see stays.",
	},
	{ name: "reset", fault: "reset@20", words: brokeOff, ...broken },
	{ name: "unfinished", fault: "eof@20", words: brokeOff, ...broken },
	{ name: "error-later", fault: "error@20", words: brokeOff, ...broken },
	{
		name: "silent",
		fault: "pings",
		seconds: 60,
		...unavailable,
		words: "silent gave no answer in time. Nothing is charged.",
	},
];

/** Endings that would take too long to happen in a test: the test writes them into the database. */
export const storedFaultRows = [
	{
		status: "expired_in_queue",
		code: "expired_in_queue",
		failure: "expired_in_queue",
		hasText: false,
		words: "small was too busy: your turn did not come in time. Nothing was sent, nothing is charged.",
		actions: ["Retry", "Answer with"],
	},
	{
		status: "failed",
		code: "overloaded",
		failure: "overloaded",
		hasText: false,
		words: "Too many people are asking small right now. Try again in a moment.",
		actions: ["Retry", "Answer with"],
	},
	{
		status: "failed",
		code: "provider_unavailable",
		failure: "filter_outage",
		hasText: false,
		words: "The content filter of small is out of order, and nothing is answered without it.",
		actions: ["Retry"],
	},
	{
		status: "interrupted",
		code: "stream_interrupted",
		failure: "filter_outage",
		hasText: true,
		words: "The content filter of small broke down. The part you see is saved.",
		actions: ["Continue", "Retry"],
	},
	{
		status: "filtered_response",
		code: "content_filtered",
		failure: "filtered_response",
		hasText: false,
		words: "The provider withheld this answer. Change the wording and try again.",
		actions: ["Edit"],
	},
	{
		status: "failed",
		code: "internal",
		failure: "of-a-newer-server",
		hasText: false,
		words: "Something failed on our side.",
		actions: ["Retry"],
	},
] as const;
