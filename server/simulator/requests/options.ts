import * as z from "zod";

/** A fault as it was asked for: `stall@20` is `{ name: "stall", argument: 20 }`. */
export interface FaultCall {
	readonly name: string;
	/** What is written after the `@`: a number (tokens, ms or MB, as the fault says), the word `last`, or nothing. */
	readonly argument: number | "last" | null;
}

const textKinds = ["recorded", "marks", "md", "words", "echo"] as const;
const pieceKinds = ["grapheme", "codepoint", "unit"] as const;

/** How one request is answered. */
export interface SimOptions {
	/** Milliseconds from the request's received to the first token. */
	readonly ttftMs: number;
	/** Milliseconds between two tokens. */
	readonly gapMs: number;
	/** Exactly so many tokens (the text repeats or ends early); null: as long as the text is. */
	readonly tokens: number | null;
	readonly text: (typeof textKinds)[number];
	/** The whole answer, in place of `text`; null: none. */
	readonly say: string | null;
	/** Between what pieces are cut: graphemes, code points, or UTF-16 units. */
	readonly pieces: (typeof pieceKinds)[number];
	/** Reasoning tokens streamed before the answer; they count as output. */
	readonly reasoningTokens: number;
	/** How many of the prompt's tokens are reported as read from a cache. */
	readonly cachedTokens: number;
	/** How many of the others are reported as written to one, and how many of those for one hour. */
	readonly cacheWriteTokens: number;
	readonly cacheWrite1hTokens: number;
	/** Whether prompts are kept by the rules of the API that they came by; Anthropic's are where they are marked. */
	readonly keepsPrompts: boolean;
	/** Prompts that have more tokens than this, together with what the answer may have, are refused as too long. */
	readonly windowTokens: number;
	readonly fault: FaultCall | null;
	/** What a request for a title is answered with; null selects the first words of the question. */
	readonly title: string | null;
	/** The fault of requests for titles, which have no other. */
	readonly titleFault: FaultCall | null;
	/** To how many requests of one counter the fault is applied; the rest are answered. */
	readonly times: number;
	/** The fault's probability, 0 to 1. */
	readonly p: number;
	/** The counter's name; null: the texts of the request's own selection. */
	readonly key: string | null;
	/** Seconds that a 429 or 503 asks to wait; null: the fault's own. */
	readonly retrySeconds: number | null;
}

/** A selection that cannot be understood. The simulator answers it with 400, so that a typo never passes for a fault. */
export class SimSpecError extends Error {
	override readonly name = "SimSpecError";
}

export const defaultOptions: SimOptions = {
	ttftMs: 0,
	gapMs: 0,
	tokens: null,
	text: "recorded",
	say: null,
	pieces: "grapheme",
	reasoningTokens: 0,
	cachedTokens: 0,
	cacheWriteTokens: 0,
	cacheWrite1hTokens: 0,
	keepsPrompts: false,
	windowTokens: Number.POSITIVE_INFINITY,
	fault: null,
	title: null,
	titleFault: null,
	times: Number.POSITIVE_INFINITY,
	p: 1,
	key: null,
	retrySeconds: null,
};

const amount = z.coerce.number().nonnegative();
const count = z.coerce.number().int().nonnegative();

/** The keys of a selection and what each sets. */
const keys: Record<string, (value: string) => Partial<SimOptions>> = {
	ttft: (value) => ({ ttftMs: amount.parse(value) }),
	itl: (value) => ({ gapMs: amount.parse(value) }),
	tps: (value) => ({ gapMs: 1000 / z.coerce.number().positive().parse(value) }),
	tokens: (value) => ({ tokens: count.parse(value) }),
	title: (value) => ({ title: value }),
	"title-fault": (value) => ({ titleFault: parseFaultCall(value) }),
	text: (value) => ({ text: z.enum(textKinds).parse(value) }),
	say: (value) => ({ say: value }),
	pieces: (value) => ({ pieces: z.enum(pieceKinds).parse(value) }),
	reasoning: (value) => ({ reasoningTokens: count.parse(value) }),
	cached: (value) => ({ cachedTokens: count.parse(value) }),
	written: (value) => ({ cacheWriteTokens: count.parse(value) }),
	written1h: (value) => ({ cacheWrite1hTokens: count.parse(value) }),
	cache: (value) => ({ keepsPrompts: z.enum(["on", "off"]).parse(value) === "on" }),
	window: (value) => ({ windowTokens: count.parse(value) }),
	fault: (value) => ({ fault: parseFaultCall(value) }),
	times: (value) => ({ times: count.parse(value) }),
	p: (value) => ({ p: z.coerce.number().min(0).max(1).parse(value) }),
	key: (value) => ({ key: value }),
	retry: (value) => ({ retrySeconds: amount.parse(value) }),
};

/** Other spellings by which a fault is known. */
const aliases: Record<string, string> = {
	cut: "reset",
	malformed: "bad-json",
	filter: "filter-response",
	"context-length-exceeded": "context-length",
};

function parseFaultCall(value: string): FaultCall | null {
	if (value === "" || value === "none") return null;
	const [wording = "", argument] = value.split("@");
	const spelled = wording.replaceAll("_", "-");
	const name = aliases[spelled] ?? spelled;
	if (argument === undefined) return { name, argument: null };
	if (argument === "last") return { name, argument };
	return { name, argument: amount.parse(argument) };
}

/** Reads `key=value,key=value`. @throws SimSpecError for an unknown key or a value that does not fit it. */
export function parseSimSpec(spec: string): Partial<SimOptions> {
	const selected: Partial<SimOptions>[] = [];
	for (const part of spec.split(",")) {
		if (part.trim() === "") continue;
		const at = part.indexOf("=");
		const key = (at === -1 ? part : part.slice(0, at)).trim();
		const set = Object.hasOwn(keys, key) ? keys[key] : undefined;
		if (set === undefined)
			throw new SimSpecError(`unknown key "${key}"; known: ${Object.keys(keys).join(", ")}`);
		try {
			selected.push(set(at === -1 ? "" : part.slice(at + 1).trim()));
		} catch {
			throw new SimSpecError(`the value of "${part.trim()}" does not fit`);
		}
	}
	return Object.assign({}, ...selected);
}

/** The selection in a model's name: everything after `sim:`; null without it. */
export function findModelSpec(model: string): string | null {
	const at = model.indexOf("sim:");
	return at === -1 ? null : model.slice(at + 4);
}

const directive = /\[\[sim\s+([^\]]*)\]\]\s*/g;

/** What a `[[sim ...]]` in a message selects, and the message without it. */
export function takeDirective(text: string): { readonly spec: string | null; readonly text: string } {
	if (!text.includes("[[sim")) return { spec: null, text };
	const specs = Array.from(text.matchAll(directive), (match) => match[1] ?? "");
	return { spec: specs.length === 0 ? null : specs.join(","), text: text.replace(directive, "").trim() };
}

/** Merges selections key by key; a later one wins. */
export function mergeSelections(specs: readonly (string | null)[]): Partial<SimOptions> {
	return Object.assign({}, ...specs.map((spec) => (spec === null ? {} : parseSimSpec(spec))));
}
