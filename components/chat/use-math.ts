import { useEffect, useSyncExternalStore } from "react";
import type { PluginConfig } from "streamdown";

let plugins: PluginConfig | undefined;
let isLoading = false;
const listeners = new Set<() => void>();

async function load() {
	if (isLoading) return;
	isLoading = true;
	const { mathPlugin } = await import("./math-plugin");
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
