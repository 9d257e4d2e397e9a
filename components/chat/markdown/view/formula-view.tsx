"use client";

import { memo } from "react";
import { messages } from "../../../words/chat";
import type { Formula } from "../parse/tree";
import { type Need, useSlice } from "./slices";

let loading: Promise<void> | null = null;
let hasFonts = false;

/** Styles and fonts of formulas: loaded with the first one. */
const fonts: Need = {
	isHere: () => hasFonts,
	load: () => {
		loading ??= import("./formula-fonts")
			.then(({ loadFonts }) => loadFonts())
			.then(
				() => {
					hasFonts = true;
				},
				() => {
					// The next formula tries again; until then formulas show their source.
					loading = null;
				},
			);
		return loading;
	},
};

/** About so many characters of KaTeX's markup make one node. */
const charactersPerNode = 45;

/** A formula; its source while it is written or not drawn yet, and for ever if it does not parse. */
export const FormulaView = memo(function FormulaView({ formula }: { readonly formula: Formula }) {
	const { source, isDisplay, html, error } = formula;
	const weight = Math.ceil((html?.length ?? 0) / charactersPerNode);
	const isDrawn = useSlice(weight, { isReady: html !== null, need: fonts });
	if (html === null || !isDrawn)
		return (
			<span
				className={error === null ? "formula-source" : "formula-source formula-error"}
				data-tip={error === null ? undefined : messages.formulaBroken}
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
