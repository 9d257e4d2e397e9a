"use client";

import { useTheme } from "next-themes";
import { type ComponentProps, lazy, Suspense, useEffect, useSyncExternalStore } from "react";
import type { Toaster as SonnerToaster } from "sonner";

let isNeeded = false;
const { promise: isReady, resolve: markReady } = Promise.withResolvers<void>();

/** The toaster shows only what is said after it is there, so the first note waits for it. */
const Toaster = lazy(async () => {
	const { Toaster: Sonner } = await import("sonner");
	function ReadyToaster(props: ComponentProps<typeof SonnerToaster>) {
		useEffect(markReady, []);
		return <Sonner {...props} />;
	}
	return { default: ReadyToaster };
});

const listeners = new Set<() => void>();

interface ToastAction {
	readonly label: string;
	onClick(): void;
}

/** Shows a short note for 10 s, at most with one action. The toaster is loaded with the first one. */
export async function showToast(text: string, action?: ToastAction): Promise<void> {
	isNeeded = true;
	for (const listener of listeners) listener();
	const { toast } = await import("sonner");
	await isReady;
	toast(text, { duration: 10_000, action });
}

function subscribe(listener: () => void) {
	listeners.add(listener);
	return () => void listeners.delete(listener);
}

export function Toasts() {
	const { resolvedTheme } = useTheme();
	const isShown = useSyncExternalStore(
		subscribe,
		() => isNeeded,
		() => false,
	);
	if (!isShown) return null;
	return (
		<Suspense>
			<Toaster
				theme={resolvedTheme === "dark" ? "dark" : "light"}
				position="top-center"
				style={{ fontFamily: "inherit" }}
			/>
		</Suspense>
	);
}
