/** Runs in a worker: reading a grammar takes a few hundred milliseconds, which must never be the page's. */
import { createHighlighterCore, type HighlighterCore } from "shiki/core";
import { createJavaScriptRegexEngine } from "shiki/engine/javascript";
import { bundledLanguages } from "shiki/langs";
import type { HighlightAnswer, HighlightRequest, Token, TokenKind } from "./highlight";

/** Any six colours: the page gives each kind of token its own, one for each theme. */
const colors: Record<TokenKind, string> = {
	ink: "#000000",
	keyword: "#000001",
	call: "#000002",
	text: "#000003",
	value: "#000004",
	note: "#000005",
};
const kinds = new Map(Object.entries(colors).map(([kind, color]) => [color, kind as TokenKind]));

const rule = (scope: string[], kind: TokenKind) => ({ scope, settings: { foreground: colors[kind] } });

const theme = {
	name: "parley",
	type: "light" as const,
	colors: { "editor.foreground": colors.ink, "editor.background": "#ffffff" },
	tokenColors: [
		{ settings: { foreground: colors.ink } },
		rule(["comment", "punctuation.definition.comment"], "note"),
		rule(["string", "markup.inline.raw", "markup.inserted"], "text"),
		rule(["constant.numeric", "constant.language", "constant.character", "support.constant"], "value"),
		rule(
			["keyword", "storage", "keyword.operator.new", "keyword.operator.expression", "markup.heading"],
			"keyword",
		),
		rule(["keyword.operator"], "ink"),
		rule(["entity.name.function", "support.function", "entity.name.tag", "markup.underline.link"], "call"),
		rule(["entity.other.attribute-name", "support.type.property-name", "meta.object-literal.key"], "value"),
		rule(["markup.deleted"], "keyword"),
	],
};

/** Characters of a line that get colours; a longer line is data. */
const lineCharactersMax = 2_000;

let highlighter: Promise<HighlighterCore> | null = null;

const start = () =>
	createHighlighterCore({
		themes: [theme],
		langs: [],
		engine: createJavaScriptRegexEngine({ forgiving: true }),
	});

const isBundled = (language: string): language is keyof typeof bundledLanguages =>
	Object.hasOwn(bundledLanguages, language);

addEventListener("message", ({ data }: MessageEvent<HighlightRequest>) => {
	void highlight(data)
		.catch(() => null)
		.then((rows) => postMessage({ id: data.id, rows } satisfies HighlightAnswer));
});

/** Without a limit of time per line: on a slow device that gave wrong colours. What takes too long is ended from outside. */
async function highlight({
	code,
	language,
}: HighlightRequest): Promise<readonly (readonly Token[])[] | null> {
	const wanted = language.toLowerCase();
	if (!isBundled(wanted)) return null;
	highlighter ??= start();
	const ready = await highlighter;
	if (!ready.getLoadedLanguages().includes(wanted)) await ready.loadLanguage(bundledLanguages[wanted]);
	const { tokens } = ready.codeToTokens(code, {
		lang: wanted,
		theme: theme.name,
		tokenizeTimeLimit: 0,
		tokenizeMaxLineLength: lineCharactersMax,
	});
	return tokens.map((row) => row.map(({ content, color }): Token => [toKind(color), content]));
}

const toKind = (color: string | undefined): TokenKind => kinds.get((color ?? "").toLowerCase()) ?? "ink";
