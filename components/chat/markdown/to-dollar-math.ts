/** Between single dollars: no space inside them, nothing of a word beside them, one line. */
const singleDollars = /(?<![\w$\\])\$(?![\s$])([^$\n`]{0,300}[^\s$\\`])\$(?![\w$])/g;

/** Most single dollars are money: what starts with a digit must also look like a formula. */
function isFormula(inside: string): boolean {
	return !/^\d/.test(inside) || /[\\^_{=]/.test(inside);
}

/** Whether a text may hold a formula. "$5 to $10" does not. */
export function hasMath(text: string): boolean {
	if (/\$\$|\\[([]/.test(text)) return true;
	return text.includes("$") && [...text.matchAll(singleDollars)].some(([, inside = ""]) => isFormula(inside));
}

const codePattern =
	/(^|\n)[ \t>]*(`{3,}|~{3,})[^\n]*\n[\s\S]*?(?:\n[ \t>]*\2[`~]*[ \t]*(?=\n|$)|$)|(`+)(?!`)[\s\S]*?(?<!`)\3(?!`)/g;

/**
 * Writes `\( \)`, `\[ \]` and `$ $` as the `$$` that the Markdown parser knows; code stays as it is. `\[ \]` at the start of a
 * line becomes a block of its own, indented like the list item or quote that holds it.
 */
export function toDollarMath(text: string): string {
	if (!/\\[([]|\$/.test(text)) return text;
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
		.replace(singleDollars, (whole, inside: string) => (isFormula(inside) ? `$$${inside}$$` : whole))
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
