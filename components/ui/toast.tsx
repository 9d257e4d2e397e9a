"use client";

import { useTheme } from "next-themes";
import { type ComponentProps, lazy, Suspense, useEffect, useState, useSyncExternalStore } from "react";
import type { Toaster as SonnerToaster } from "sonner";

/** How many were shown so far. */
let notes = 0;
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
	notes += 1;
	for (const listener of listeners) listener();
	const { toast } = await import("sonner");
	await isReady;
	toast(text, { duration: 10_000, action });
}

function subscribe(listener: () => void) {
	listeners.add(listener);
	return () => void listeners.delete(listener);
}

const gapPx = 12;

/** How far above the lower edge a note stands: near the list of chats, and never over the field for the next message. */
function useComposerTop(shown: number): number {
	const [px, setPx] = useState(gapPx);
	useEffect(() => {
		const composer = shown > 0 ? document.getElementById("composer") : null;
		if (!composer) return setPx(gapPx);
		const measure = () => setPx(innerHeight - composer.getBoundingClientRect().top + gapPx);
		const observer = new ResizeObserver(measure);
		observer.observe(composer);
		return () => observer.disconnect();
	}, [shown]);
	return px;
}

export function Toasts() {
	const { resolvedTheme } = useTheme();
	const shown = useSyncExternalStore(
		subscribe,
		() => notes,
		() => 0,
	);
	const bottom = useComposerTop(shown);
	if (shown === 0) return null;
	return (
		<Suspense>
			<Toaster
				theme={resolvedTheme === "dark" ? "dark" : "light"}
				position="bottom-left"
				offset={{ bottom, left: gapPx }}
				mobileOffset={{ bottom, left: gapPx, right: gapPx }}
				style={{ fontFamily: "inherit" }}
			/>
		</Suspense>
	);
}
