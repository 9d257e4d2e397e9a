import type { HighlightToken } from "streamdown";

/** One highlighted line. Lines that did not change keep their array, so that React renders only the new ones. */
export type HighlightedLine = readonly HighlightToken[];

export interface Highlighted {
	readonly lines: readonly string[];
	readonly rows: readonly HighlightedLine[];
}

/** Colours of the two themes; contrast on the code surface is at least 4.5:1. */
const palettes = {
	light: {
		ink: "#1f1d1a",
		keyword: "#8a3aa8",
		call: "#1a5aae",
		text: "#1f6a48",
		value: "#8f4d00",
		note: "#6b6760",
	},
	dark: {
		ink: "#ebe8e4",
		keyword: "#d08be0",
		call: "#86b4f4",
		text: "#85cba6",
		value: "#e2ab74",
		note: "#a09b94",
	},
};

function toTheme(type: "light" | "dark") {
	const { ink, keyword, call, text, value, note } = palettes[type];
	const rule = (scope: string[], foreground: string) => ({ scope, settings: { foreground } });
	return {
		name: `parley-${type}`,
		type,
		colors: { "editor.foreground": ink, "editor.background": type === "light" ? "#f7f6f4" : "#1b1a18" },
		tokenColors: [
			{ settings: { foreground: ink } },
			rule(["comment", "punctuation.definition.comment"], note),
			rule(["string", "markup.inline.raw", "markup.inserted"], text),
			rule(["constant.numeric", "constant.language", "constant.character", "support.constant"], value),
			rule(
				["keyword", "storage", "keyword.operator.new", "keyword.operator.expression", "markup.heading"],
				keyword,
			),
			rule(["keyword.operator"], ink),
			rule(["entity.name.function", "support.function", "entity.name.tag", "markup.underline.link"], call),
			rule(["entity.other.attribute-name", "support.type.property-name", "meta.object-literal.key"], value),
			rule(["markup.deleted"], keyword),
		],
	};
}

const themes: [ReturnType<typeof toTheme>, ReturnType<typeof toTheme>] = [toTheme("light"), toTheme("dark")];

async function load() {
	const { createCodePlugin } = await import("@streamdown/code");
	return createCodePlugin({ themes });
}

let loading: ReturnType<typeof load> | null = null;

/** Colours code, off the critical path: the highlighter and the language are loaded on first use. */
export async function highlightCode(input: {
	code: string;
	language: string;
	isIncomplete: boolean;
}): Promise<Highlighted | null> {
	loading ??= load();
	const plugin = await loading;
	if (!plugin.supportsLanguage(toKnown(input.language))) return null;
	return new Promise((resolve) => {
		const settle = ({ tokens }: { tokens: HighlightedLine[] }) =>
			resolve({ lines: input.code.split("\n"), rows: tokens });
		const ready = plugin.highlight({ ...input, language: toKnown(input.language), themes }, settle);
		if (ready) settle(ready);
	});
}

/** The highlighter's type lists its languages; an answer may name any, and an unknown one is plain text. */
function toKnown(language: string) {
	return language as Parameters<Awaited<ReturnType<typeof load>>["supportsLanguage"]>[0];
}
