"use client";

import "katex/dist/katex.min.css";
import { memo, useSyncExternalStore } from "react";
import { messages } from "../../../words/chat";
import type { Formula } from "../parse/tree";
import { useSlice } from "./slices";

/** With the fonts first, a formula has its size from the start. */
const fonts = ["16px KaTeX_Main", "italic 16px KaTeX_Math", "16px KaTeX_Size1", "16px KaTeX_Size2"];
let hasFonts = false;
const listeners = new Set<() => void>();

if (typeof document !== "undefined")
	void Promise.allSettled(fonts.map((font) => document.fonts.load(font))).then(() => {
		hasFonts = true;
		for (const listener of listeners) listener();
	});

function subscribe(listener: () => void) {
	listeners.add(listener);
	return () => void listeners.delete(listener);
}

/** About so many characters of KaTeX's markup make one node. */
const charactersPerNode = 45;

/** A formula; its source while it is written or not drawn yet, and for ever if it does not parse. */
const FormulaView = memo(function FormulaView({ formula }: { readonly formula: Formula }) {
	const { source, isDisplay, html, error } = formula;
	const isReady = useSyncExternalStore(
		subscribe,
		() => hasFonts,
		() => false,
	);
	const isDrawn = useSlice(Math.ceil((html?.length ?? 0) / charactersPerNode), isReady && html !== null);
	if (html === null || !isDrawn)
		return (
			<span
				className={error === null ? "formula-source" : "formula-source formula-error"}
				title={error === null ? undefined : messages.formulaBroken}
				data-display={isDisplay || undefined}
			>
				{source}
			</span>
		);
	return (
		<span
			className="formula"
			dir="ltr"
			data-formula={source}
			data-display={isDisplay || undefined}
			// biome-ignore lint/security/noDangerouslySetInnerHtml: KaTeX's own markup, made by our worker from its parse tree with `trust` off.
			dangerouslySetInnerHTML={{ __html: html }}
		/>
	);
});

export default FormulaView;
