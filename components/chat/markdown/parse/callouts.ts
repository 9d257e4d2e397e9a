import type { Blockquote, Paragraph } from "mdast";
import { type CalloutKind, calloutKinds } from "./tree";

interface Quote {
	readonly callout: CalloutKind | null;
	/** The quote without the line of the mark. */
	readonly quote: Blockquote;
}

const mark = new RegExp(`^\\[!(${calloutKinds.join("|")})\\][ \\t]*(?:\\n|$)`, "i");

/** A quote whose first line is `[!NOTE]` or another of GitHub's marks is a callout of that kind. */
export function takeCallout(quote: Blockquote): Quote {
	const [first, ...others] = quote.children;
	const [words, ...rest] = first?.type === "paragraph" ? first.children : [];
	const [written, name] = (words?.type === "text" && mark.exec(words.value)) || [];
	const callout = calloutKinds.find((kind) => kind === name?.toLowerCase());
	if (!callout || !written || first?.type !== "paragraph" || words?.type !== "text")
		return { callout: null, quote };
	const left = words.value.slice(written.length);
	const { position } = words;
	// The mark of the quote before a line is part of the source, but not of the words.
	const taken = left.includes("\n")
		? written.length
		: (position?.end.offset ?? 0) - (position?.start.offset ?? 0) - left.length;
	const start = position && { ...position.start, offset: (position.start.offset ?? 0) + taken };
	const kept =
		left === "" ? [] : [{ ...words, value: left, ...(start && { position: { ...position, start } }) }];
	// The break at the end of the mark's line has no line to end any more.
	const after = kept.length === 0 && rest[0]?.type === "break" ? rest.slice(1) : rest;
	const paragraph: Paragraph = { ...first, children: [...kept, ...after] };
	const children = paragraph.children.length === 0 ? others : [paragraph, ...others];
	return { callout, quote: { ...quote, children } };
}
