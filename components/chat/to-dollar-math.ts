/** Whether a text may hold a formula. A single dollar is money: "$5 to $10" stays text. */
export function hasMath(text: string): boolean {
	return /\$\$|\\\(|\\\[/.test(text);
}

const codePattern =
	/(^|\n)[ \t>]*(`{3,}|~{3,})[^\n]*\n[\s\S]*?(?:\n[ \t>]*\2[`~]*[ \t]*(?=\n|$)|$)|(`+)(?!`)[\s\S]*?(?<!`)\3(?!`)/g;

/**
 * Writes `\( \)` and `\[ \]` as the `$$` that the Markdown parser knows; code stays as it is. `\[ \]` at the start of a
 * line becomes a block of its own, indented like the list item or quote that holds it.
 */
export function toDollarMath(text: string): string {
	if (!/\\[([]/.test(text)) return text;
	let result = "";
	let at = 0;
	for (const match of text.matchAll(codePattern)) {
		result += convert(text.slice(at, match.index)) + match[0];
		at = match.index + match[0].length;
	}
	return result + convert(text.slice(at));
}

function convert(prose: string): string {
	return prose
		.replace(/\\\((.+?)\\\)/g, (_, formula: string) => `$$${formula.trim()}$$`)
		.replace(/(^|\n)([ \t>]*(?:[-*+] |\d{1,9}[.)] )?[ \t]*)\\\[([\s\S]+?)\\\]/g, toBlock)
		.replace(/\\\[([^\n]+?)\\\]/g, (_, formula: string) => `$$${formula.trim()}$$`);
}

function toBlock(_: string, lineStart: string, prefix: string, formula: string): string {
	const indent = prefix.replace(/[^\s>]/g, " ");
	const lines = formula.trim().split("\n");
	const body = lines.map((line) => indent + line.replace(/^[ \t>]+/, "")).join("\n");
	return `${lineStart}${prefix}$$\n${body}\n${indent}$$\n`;
}
