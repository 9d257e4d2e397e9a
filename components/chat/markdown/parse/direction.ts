import type { Nodes } from "mdast";
import type { Direction } from "./tree";

const rightToLeft = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1eeff}]/u;
const letter = /\p{L}/u;

/**
 * The direction of a text by its first letter (Unicode Bidirectional Algorithm, rules P2 and P3). Code and formulas do not
 * count: an Arabic sentence may begin with the name of a function. undefined without any letter.
 */
export function findDirection(node: Nodes): Direction | undefined {
	// The first hundred nodes decide; without recursion, because an answer may nest thousands of quotes.
	const waiting: Nodes[] = [node];
	for (let looked = 0; looked < 100; looked++) {
		const next = waiting.pop();
		if (!next) return undefined;
		if (next.type === "text") {
			const first = letter.exec(next.value)?.[0];
			if (first !== undefined) return rightToLeft.test(first) ? "rtl" : "ltr";
		} else if ("children" in next) waiting.push(...next.children.slice(0, 100).reverse());
	}
	return undefined;
}
