/** Parts of the Markdown grammar whose work would grow with the square of a hostile text, each within a bound. */
import { blockQuote, labelEnd, list } from "micromark-core-commonmark";
import { gfmFootnote } from "micromark-extension-gfm-footnote";
import type { Construct, Extension, TokenizeContext } from "micromark-util-types";

/** Quotes and items that one line opens or goes on with; deeper marks are text. */
const containersMax = 40;
/** Events that closing brackets may look through in one parse: each looks back for the bracket that opened it. */
const labelEventsMax = 3_000_000;

/** The grammar for one source. */
export function boundedSyntax(source: string): Extension {
	const quote = withinDepth(blockQuote, source);
	const items = withinDepth(list, source);
	const document: Record<string, Construct> = { 62: quote };
	for (const code of [42, 43, 45, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57]) document[code] = items;
	return {
		document,
		disable: { null: [blockQuote.name ?? "", list.name ?? "", labelEnd.name ?? ""] },
	};
}

/** Closing brackets: of links and images, and of notes. */
export function labelSyntax(): Extension[] {
	const budget = { left: labelEventsMax };
	const notes = gfmFootnote();
	const note = notes.text?.[93];
	return [
		{
			...notes,
			text: {
				...notes.text,
				93: (Array.isArray(note) ? note : note ? [note] : []).map((one) => withinLook(one, budget)),
			},
		},
		{ text: { 93: withinLook(labelEnd, budget) } },
	];
}

function withinDepth(construct: Construct, source: string): Construct {
	const bounded: Construct = {
		...construct,
		name: `bounded-${construct.name}`,
		tokenize(this: TokenizeContext, effects, ok, nok) {
			const { offset } = this.now();
			const lineStart = source.lastIndexOf("\n", offset - 1) + 1;
			const prefix = source.slice(lineStart, Math.min(offset, lineStart + 10 * containersMax));
			// Two columns of indent are the least that an item takes.
			const marks = prefix.replace(/[^>*+.)-]+/g, "").length;
			const indent = (prefix.match(/[ \t]/g)?.length ?? 0) / 2;
			if (Math.max(marks, indent) >= containersMax || offset - lineStart > 10 * containersMax) return nok;
			return construct.tokenize.call(this, effects, ok, nok);
		},
		continuation: {
			// Its next line is looked for by the construct itself, which knows only its unbounded self.
			tokenize(this: TokenizeContext, effects, ok, nok) {
				const attempt: typeof effects.attempt = (wanted, whenOk, whenNok) =>
					effects.attempt(wanted === construct ? bounded : wanted, whenOk, whenNok);
				return construct.continuation?.tokenize.call(this, { ...effects, attempt }, ok, nok) ?? nok;
			},
		},
	};
	return bounded;
}

function withinLook(construct: Construct, budget: { left: number }): Construct {
	return {
		...construct,
		name: `bounded-${construct.name}`,
		tokenize(this: TokenizeContext, effects, ok, nok) {
			budget.left -= this.events.length;
			return budget.left < 0 ? nok : construct.tokenize.call(this, effects, ok, nok);
		},
	};
}
