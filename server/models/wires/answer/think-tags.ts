/** The tags around reasoning inside of text. */
const pairs: readonly (readonly [open: string, close: string])[] = [
	["<think>", "</think>"],
	["<thinking>", "</thinking>"],
	["<thought>", "</thought>"],
	["<reasoning>", "</reasoning>"],
	["<seed:think>", "</seed:think>"],
	["<|begin_of_thought|>", "<|end_of_thought|>"],
	["[THINK]", "[/THINK]"],
	["◁think▷", "◁/think▷"],
];
const opens = pairs.map(([open]) => open);
const closes = pairs.map(([, close]) => close);
const signs = [...opens, ...closes];
const tagStart = /[<[◁]/;

type State = "start" | "thought" | "after" | "text" | "plain";

export type Say = (kind: "text" | "reasoning", text: string) => void;

/**
 * Separates reasoning from the text of one answer, where a model writes it between tags. Text may be cut anywhere.
 *
 * Only an opening tag at the very beginning of an answer counts; in the middle of a text it is text. Some chat templates write the
 * opening tag into the prompt, so the answer has a closing tag alone. The reasoning before it has been shown as text by then, and only
 * the tag is removed. `beginsWithReasoning` says that earlier answers of the deployment did this: then the text before the closing tag is
 * reasoning, and an answer without a closing tag is text.
 */
export class ThinkTags {
	/** A closing tag came without an opening one. */
	hasLoneClosingTag = false;
	/** Reasoning was expected, but no closing tag came. */
	hasNoClosingTag = false;
	readonly #say: Say;
	#state: State;
	#close: readonly string[];
	/** Text that may be the beginning of a tag. */
	#held = "";
	/** Text given as reasoning because reasoning was expected; null when none is expected. */
	#expected: string | null;
	#hasThought = false;

	constructor(say: Say, beginsWithReasoning = false) {
		this.#say = say;
		this.#state = "start";
		this.#close = closes;
		this.#expected = beginsWithReasoning ? "" : null;
	}

	push(text: string): void {
		const hasNoTag = this.#state === "text" && this.#held === "" && !tagStart.test(text);
		if (this.#state === "plain" || hasNoTag) this.#say("text", text);
		else {
			this.#held += text;
			this.#read(false);
		}
	}

	/** @param isCut the answer was cut: unfinished reasoning is reasoning all the same. */
	end(isCut: boolean): void {
		this.#read(true);
		if (this.#state !== "thought" || !this.#expected) return;
		this.hasNoClosingTag = true;
		if (!isCut) this.#say("text", this.#expected);
	}

	#read(isEnd: boolean): void {
		for (let state: State | null = null; state !== this.#state; ) {
			state = this.#state;
			this.#step(isEnd);
		}
	}

	/** Reads as much as is certain. When it changes the state, the rest must be read again. */
	#step(isEnd: boolean): void {
		switch (this.#state) {
			case "start":
				this.#start(isEnd);
				break;
			case "thought":
				this.#think(isEnd);
				break;
			case "after":
				this.#held = this.#held.trimStart();
				if (this.#held !== "") this.#state = "plain";
				break;
			case "text":
				this.#speak(isEnd);
				break;
			case "plain":
				this.#give("text", this.#held.length);
		}
	}

	#start(isEnd: boolean): void {
		const shown = this.#held.trimStart();
		const open = opens.findIndex((sign) => shown.startsWith(sign));
		if (open >= 0) {
			this.#close = closes.slice(open, open + 1);
			this.#expected = null;
			this.#held = shown.slice(opens[open]?.length);
			this.#state = "thought";
		} else if (isEnd || (shown !== "" && !opens.some((sign) => sign.startsWith(shown))))
			this.#state = this.#expected === null ? "text" : "thought";
	}

	#think(isEnd: boolean): void {
		if (!this.#hasThought) this.#held = this.#held.trimStart();
		this.#hasThought ||= this.#held !== "";
		const sign = findFirst(this.#held, this.#close);
		const end = sign?.at ?? this.#held.length - (isEnd ? 0 : toPartialLength(this.#held, this.#close));
		// White space beside a tag belongs to the tag.
		const thought = this.#held.slice(0, end).trimEnd();
		this.#give("reasoning", thought.length);
		if (!sign) return;
		this.#held = this.#held.trimStart().slice(sign.text.length);
		this.#state = "after";
	}

	#speak(isEnd: boolean): void {
		const sign = findFirst(this.#held, signs);
		const after = sign ? this.#held.at(sign.at + sign.text.length) : undefined;
		if (!sign || (after === undefined && !isEnd)) {
			const end = sign?.at ?? this.#held.length - (isEnd ? 0 : toPartialLength(this.#held, signs));
			this.#give("text", end);
			return;
		}
		this.#state = "plain";
		// A tag in the middle of a line is part of the text.
		this.hasLoneClosingTag =
			closes.includes(sign.text) && (after === undefined || after === "\n" || after === "\r");
		if (!this.hasLoneClosingTag) return;
		this.#give("text", sign.at);
		this.#held = this.#held.slice(sign.text.length);
	}

	#give(kind: "text" | "reasoning", length: number): void {
		const text = this.#held.slice(0, length);
		this.#held = this.#held.slice(length);
		if (text === "") return;
		if (kind === "reasoning" && this.#expected !== null) this.#expected += text;
		this.#say(kind, text);
	}
}

function findFirst(text: string, wanted: readonly string[]): { at: number; text: string } | null {
	let first: { at: number; text: string } | null = null;
	for (const sign of wanted) {
		const at = text.indexOf(sign);
		if (at >= 0 && (first === null || at < first.at)) first = { at, text: sign };
	}
	return first;
}

/** The length of the longest end of `text` that begins one of these tags. */
function toPartialLength(text: string, wanted: readonly string[]): number {
	const longest = Math.max(...wanted.map((sign) => sign.length)) - 1;
	for (let from = Math.max(0, text.length - longest); from < text.length; from += 1) {
		const tail = text.slice(from);
		if (wanted.some((sign) => sign.startsWith(tail))) return tail.length;
	}
	return 0;
}
