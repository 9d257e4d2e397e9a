/** Runs in a worker: reading a grammar takes a few hundred milliseconds, which must never be the page's. */
import { createCodePlugin } from "@streamdown/code";
import type { HighlightAnswer, HighlightRequest } from "./highlight";

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

const plugin = createCodePlugin({ themes });

addEventListener("message", ({ data }: MessageEvent<HighlightRequest>) => {
	const answer = (rows: HighlightAnswer["rows"]) =>
		postMessage({ id: data.id, rows } satisfies HighlightAnswer);
	const language = toKnown(data.language);
	if (!plugin.supportsLanguage(language)) return answer(null);
	const options = { code: data.code, language, themes, isIncomplete: data.isIncomplete };
	const ready = plugin.highlight(options, ({ tokens }) => answer(tokens));
	if (ready) answer(ready.tokens);
});

/** The highlighter's type lists its languages; an answer may name any, and `supportsLanguage` is what decides. */
function toKnown(language: string) {
	return language as Parameters<typeof plugin.supportsLanguage>[0];
}
