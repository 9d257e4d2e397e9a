import "katex/dist/katex.min.css";
import { createMathPlugin } from "@streamdown/math";
import { useEffect, useSyncExternalStore } from "react";
import type { PluginConfig } from "streamdown";

let plugins: PluginConfig | undefined;
let isLoading = false;
const fonts = ["16px KaTeX_Main", "italic 16px KaTeX_Math", "16px KaTeX_Size1", "16px KaTeX_Size2"];
const listeners = new Set<() => void>();

async function load() {
	if (isLoading) return;
	isLoading = true;
	const { mathPlugin } = await import("./use-math");
	// With the fonts first, a formula has its size from the start.
	await Promise.allSettled(fonts.map((font) => document.fonts.load(font)));
	plugins = { math: mathPlugin };
	for (const listener of listeners) listener();
}

function subscribe(listener: () => void) {
	listeners.add(listener);
	return () => void listeners.delete(listener);
}

/** The renderer's plugins with math, as soon as an answer needs them and they are here. */
export function useMath(isWanted: boolean): PluginConfig | undefined {
	useEffect(() => {
		if (isWanted) void load();
	}, [isWanted]);
	const loaded = useSyncExternalStore(
		subscribe,
		() => plugins,
		() => undefined,
	);
	return isWanted ? loaded : undefined;
}

/** Formulas between double dollars; a single dollar is money. A formula that does not parse shows its source. */
export const mathPlugin = createMathPlugin({ singleDollarTextMath: false, errorColor: "var(--danger)" });
