const titleCharactersMax = 60;
const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/** The temporary title: the message's first words, on one line, cut at a word, else between two signs as a person sees them. */
export function toTitle(text: string): string {
	const line = text.trim().replace(/\s+/g, " ");
	if (line.length <= titleCharactersMax) return line;
	const space = line.lastIndexOf(" ", titleCharactersMax);
	const end = space > 20 ? space : toGraphemeEnd(line);
	return `${line.slice(0, end).toWellFormed().replaceAll("\uFFFD", "")}…`;
}

/** The end of the last whole sign that fits; one that is longer than a title is cut. */
function toGraphemeEnd(line: string): number {
	let end = 0;
	for (const { index, segment } of graphemes.segment(line.slice(0, titleCharactersMax * 2))) {
		if (index + segment.length > titleCharactersMax) break;
		end = index + segment.length;
	}
	return end || titleCharactersMax;
}
