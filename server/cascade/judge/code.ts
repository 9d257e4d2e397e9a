import { Script } from "node:vm";
import { isJson } from "./format.ts";
import type { Fault, ReadAnswer } from "./judge-answer.ts";

const fence = /^[ \t]*```([\w+#-]*)[^\n]*\n([\s\S]*?)^[ \t]*```/gm;
/** Blocks after so many are not read, nor are longer ones. */
const blocksMax = 20;
const codeMax = 20_000;
/** A block that leaves something out says so. */
const leftOut = /^\s*(\.\.\.|…)|(\/\/|#|\/\*|--)\s*(\.\.\.|…|rest of|your code|existing code)/m;

type Language = (code: string) => boolean;

/** JavaScript is compiled, never run; imports and exports are taken off, since a script has none. */
const isJavaScript: Language = (code) => {
	if (/<[A-Za-z/][\s\S]*>/.test(code)) return true;
	const script = code.replace(/^\s*import\b[^\n]*$/gm, "").replace(/^(\s*)export (default )?/gm, "$1");
	try {
		new Script(`(async function () {\n${script}\n})`);
		return true;
	} catch (error) {
		return !(error instanceof Error && error.name === "SyntaxError");
	}
};

const closing: Readonly<Record<string, string>> = { ")": "(", "]": "[", "}": "{" };

/** Whether brackets are closed in their order, outside of strings and comments. */
const isBalanced =
	(strings: RegExp): Language =>
	(code) => {
		const open: string[] = [];
		for (const bracket of code.replace(strings, " ").match(/[()[\]{}]/g) ?? []) {
			const opening = closing[bracket];
			if (opening === undefined) open.push(bracket);
			else if (open.pop() !== opening) return false;
		}
		return open.length === 0;
	};

const pythonStrings = /"""[\s\S]*?"""|'''[\s\S]*?'''|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|#[^\n]*/g;
const curlyStrings = /\/\*[\s\S]*?\*\/|\/\/[^\n]*|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])'|`(?:\\.|[^`\\])*`/g;

const python = isBalanced(pythonStrings);
const curly = isBalanced(curlyStrings);
const languages: Readonly<Record<string, Language>> = {
	javascript: isJavaScript,
	js: isJavaScript,
	mjs: isJavaScript,
	json: (code) => /^\s*\/\/|\.\.\./m.test(code) || isJson(code),
	python,
	py: python,
	python3: python,
	java: curly,
	c: curly,
	cpp: curly,
	"c++": curly,
	csharp: curly,
	"c#": curly,
	go: curly,
	rust: curly,
	kotlin: curly,
};

/** Faults of code: a block that cannot be read in the language that it names. */
export function findCodeFaults({ answer }: ReadAnswer): Fault[] {
	for (const [, name = "", code = ""] of [...answer.matchAll(fence)].slice(0, blocksMax)) {
		const language = languages[name.toLowerCase()];
		if (!language || code.length > codeMax || leftOut.test(code)) continue;
		if (!language(code)) return [{ name: "code that does not parse", weight: 0.7 }];
	}
	return [];
}
