/** What Markdown shows as a sign of its own: the text of links and images, what code says, no marks of headings, lists and tables. */
const replacements: readonly (readonly [RegExp, string])[] = [
	[/!?\[([^\]\n]*)\]\([^()\s]*(?:\s+"[^"\n]*")?\)/g, "$1"],
	[/<((?:https?:|mailto:)[^<>\s]+)>/g, "$1"],
	[/<\/?(?:a|b|br|code|details|div|em|i|kbd|p|pre|span|strong|sub|summary|sup|u)\b[^<>]*>/gi, " "],
	// Rules, also below the head of a table.
	[/^[ \t]*\|?[ \t:|]*(?:-[ \t]*){3,}[-\s:|]*$/gm, " "],
	[/^[ \t]*(?:(?:\*[ \t]*){3,}|(?:_[ \t]*){3,})$/gm, " "],
	[/^(?:… )?[ \t]*(?:>[ \t]?)+/gm, ""],
	[/^[ \t]*#{1,6}[ \t]+/gm, ""],
	[/^[ \t]*[-*+][ \t]+(?:\[[ xX]\][ \t]+)?/gm, ""],
	[/[ \t]+\|[ \t]+|^[ \t]*\|[ \t]*|[ \t]*\|[ \t]*$/gm, " "],
	[/\\[()[\]]|\$\$/g, " "],
	[/\*\*(?=\S)([^*\n]*?\S)\*\*/g, "$1"],
	[/(?<![\p{L}\p{N}\\*_~])(\*{1,3}|_{1,3}|~~)(?=\S)([^\n]*?\S)\1(?![\p{L}\p{N}*_~])/gu, "$2"],
	// One end of an emphasis, whose other one is not in the passage.
	[/(?<![\p{L}\p{N}])\*\*(?=\S)|(?<=\S)\*\*(?![\p{L}\p{N}])/gu, ""],
	[/\\([\\`*_{}[\]()#+.!|~$<>-])/g, "$1"],
];

/** Stands for a piece of code, which keeps its signs; a private character, which no keyboard types. */
const codeMark = "\uE000";

/** One line without the signs of Markdown, for a passage of some hundred characters that may begin and end anywhere. */
export function toPlainLine(passage: string): string {
	const codes: string[] = [];
	const marked = passage
		.replaceAll(codeMark, "")
		.replace(/^[ \t]*(?:`{3,}|~{3,})[^\n`]*$/gm, "")
		.replace(/`+[^`\n]+`+/g, (code) => {
			codes.push(code.replace(/^`+ ?| ?`+$/g, ""));
			return codeMark;
		});
	return replacements
		.reduce((rest, [signs, shown]) => rest.replace(signs, shown), marked)
		.replaceAll("`", "")
		.replaceAll(codeMark, () => codes.shift() ?? "")
		.replace(/\s+/g, " ")
		.trim();
}
