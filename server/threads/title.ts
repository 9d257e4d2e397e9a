const titleCharactersMax = 60;

/** The temporary title: the message's first words, on one line, cut at a word. */
export function toTitle(text: string): string {
	const line = text.trim().replace(/\s+/g, " ");
	if (line.length <= titleCharactersMax) return line;
	const cut = line.slice(0, titleCharactersMax + 1);
	const space = cut.lastIndexOf(" ");
	return `${cut
		.slice(0, space > 20 ? space : titleCharactersMax)
		.toWellFormed()
		.replaceAll("\uFFFD", "")}…`;
}
