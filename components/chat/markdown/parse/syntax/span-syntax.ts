/**
 * Emphasis, strong and struck words: CommonMark's rules with two changes. Beside Chinese, Japanese and Korean characters,
 * which stand without spaces, punctuation neither opens nor closes worse than a letter, so that `**注意：**请` is strong.
 * And the work grows with the text, not with its square: from a mark that found no partner on, none is looked for twice.
 *
 * https://spec.commonmark.org/0.31.2/#phase-2-inline-structure
 * https://github.com/tats-u/markdown-cjk-friendly/blob/main/specification.md
 */
import { classifyCharacter } from "micromark-util-classify-character";
import type {
	Code,
	Construct,
	Event,
	Extension,
	Point,
	State,
	Token,
	TokenizeContext,
} from "micromark-util-types";
import { type Flanks, type Pair, pairRuns, type Run } from "./span-pairs";

declare module "micromark-util-types" {
	interface TokenTypeMap {
		spanMark: "spanMark";
		strikethrough: "strikethrough";
		strikethroughSequence: "strikethroughSequence";
		strikethroughText: "strikethroughText";
	}
}

const asterisk = 42;
const underscore = 95;
const tilde = 126;
const punctuation = 2;

const wide =
	/[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Hangul}\p{sc=Bopomofo}\u3000-\u303f\u30fb\u30fc\uff00-\uffef\ufe30-\ufe4f]/u;

/** A character of the scripts without spaces, or their punctuation. Half of a rare one counts by its range. */
function isWide(code: Code): boolean {
	if (code === null || code < 0x1100) return false;
	return (code >= 0xd840 && code <= 0xd8bf) || wide.test(String.fromCharCode(code));
}

interface Sides {
	readonly before: Code;
	readonly after: Code;
	readonly marker: number;
}

/** Whether a run of marks may open and close, by what stands on both sides of it. */
export function toFlanks({ before, after, marker }: Sides): { canOpen: boolean; canClose: boolean } {
	const [left, right] = [classifyCharacter(before), classifyCharacter(after)];
	const isSpaceBefore = left !== undefined && left !== punctuation;
	const isSpaceAfter = right !== undefined && right !== punctuation;
	const isForeign = (side: typeof left, code: Code) => side === punctuation && !isWide(code);
	const isLeftFlanking =
		!isSpaceAfter && (!isForeign(right, after) || left !== undefined || isWide(before) || after === tilde);
	const isRightFlanking =
		!isSpaceBefore && (!isForeign(left, before) || right !== undefined || isWide(after) || before === tilde);
	if (marker !== underscore) return { canOpen: isLeftFlanking, canClose: isRightFlanking };
	return {
		canOpen: isLeftFlanking && (!isRightFlanking || left === punctuation),
		canClose: isRightFlanking && (!isLeftFlanking || right === punctuation),
	};
}

/** The grammar for one parse. */
export function createSpans(): Extension {
	const flanks = new WeakMap<Token, Flanks>();
	const construct: Construct = {
		name: "spanMark",
		resolveAll: (events, context) => resolveSpans(events, { context, flanks }),
		tokenize(this: TokenizeContext, effects, ok) {
			const before = this.previous;
			let marker = asterisk;
			return (code: Code): State | undefined => {
				marker = code ?? asterisk;
				effects.enter("spanMark");
				return inside(code);
			};
			function inside(code: Code): State | undefined {
				if (code === marker) {
					effects.consume(code);
					return inside;
				}
				const token = effects.exit("spanMark");
				flanks.set(token, toFlanks({ before, after: code, marker }));
				return ok(code);
			}
		},
	};
	return {
		text: { [asterisk]: construct, [underscore]: construct, [tilde]: construct },
		insideSpan: { null: [construct] },
		disable: { null: ["attention"] },
	};
}

interface Resolving {
	readonly context: TokenizeContext;
	readonly flanks: WeakMap<Token, Flanks>;
}

function resolveSpans(events: Event[], { context, flanks }: Resolving): Event[] {
	const runs: Run[] = [];
	events.forEach(([kind, token], at) => {
		if (kind !== "enter" || token.type !== "spanMark") return;
		const marker = context.sliceSerialize(token).charAt(0);
		const size = token.end.offset - token.start.offset;
		// Two tildes strike through; one means "about", and more are a line.
		const isIdle = marker === "~" && size !== 2;
		const own = isIdle ? undefined : flanks.get(token);
		const previous = runs.at(-1) ?? null;
		const run: Run = {
			at,
			marker,
			size,
			left: size,
			canOpen: own?.canOpen ?? false,
			canClose: own?.canClose ?? false,
			opens: [],
			closes: [],
			previous,
			next: null,
		};
		if (previous) previous.next = run;
		runs.push(run);
	});
	if (runs.length === 0) return events;
	pairRuns(runs);
	const next = rebuild(events, runs, context);
	// In place: the tokenizer keeps the list that it gave away.
	events.length = 0;
	for (const event of next) events.push(event);
	return events;
}

/** All events again, with the tokens of the pairs in place of the runs. */
function rebuild(events: readonly Event[], runs: readonly Run[], context: TokenizeContext): Event[] {
	const next: Event[] = [];
	let from = 0;
	for (const run of runs) {
		for (let at = from; at < run.at; at++) next.push(events[at] as Event);
		from = run.at + 2;
		const token = (events[run.at] as Event)[1];
		let start = token.start;
		const take = (size: number) => {
			const taken = { start, end: move(start, size) };
			start = taken.end;
			return taken;
		};
		for (const closing of run.closes) close(next, { pair: closing, place: take(closing.size), context });
		if (run.left > 0) {
			const data: Token = { type: "data", ...take(run.left) };
			next.push(["enter", data, context], ["exit", data, context]);
		}
		for (const opening of run.opens.toReversed())
			open(next, { pair: opening, place: take(opening.size), context });
	}
	for (let at = from; at < events.length; at++) next.push(events[at] as Event);
	return next;
}

interface Written {
	readonly pair: Pair;
	readonly place: { readonly start: Point; readonly end: Point };
	readonly context: TokenizeContext;
}

const sequences = {
	emphasis: ["emphasisSequence", "emphasisText"],
	strong: ["strongSequence", "strongText"],
	strikethrough: ["strikethroughSequence", "strikethroughText"],
} as const;

function open(events: Event[], { pair: { kind, tokens }, place, context }: Written): void {
	const [sequenceType, textType] = sequences[kind];
	const group: Token = { type: kind, start: place.start, end: place.end };
	const sequence: Token = { type: sequenceType, ...place };
	const text: Token = { type: textType, start: place.end, end: place.end };
	Object.assign(tokens, { group, text });
	events.push(
		["enter", group, context],
		["enter", sequence, context],
		["exit", sequence, context],
		["enter", text, context],
	);
}

function close(events: Event[], { pair: { kind, tokens }, place, context }: Written): void {
	const { group, text } = tokens;
	if (!group || !text) return;
	const sequence: Token = { type: sequences[kind][0], ...place };
	text.end = place.start;
	group.end = place.end;
	events.push(
		["exit", text, context],
		["enter", sequence, context],
		["exit", sequence, context],
		["exit", group, context],
	);
}

function move(point: Point, by: number): Point {
	return {
		...point,
		column: point.column + by,
		offset: point.offset + by,
		_bufferIndex: point._bufferIndex + by,
	};
}
