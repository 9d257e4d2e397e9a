import { createContext, useEffect, useRef } from "react";
import { storageKey } from "./sidebar-script";

/** Shows or hides the list of chats on wide screens, and remembers it. */
export function toggleSidebar(): void {
	const root = document.documentElement;
	const next = root.dataset.sidebar === "closed" ? "open" : "closed";
	root.dataset.sidebar = next;
	try {
		localStorage.setItem(storageKey, next);
	} catch {
		// Storage may be closed: then the choice lasts as long as the page.
	}
}

/** Opens the list of chats: beside the chat, or over it on a phone. */
export const SidebarContext = createContext<() => void>(() => {});

const edgePx = 24;
const distancePx = 56;

/** A swipe from the left edge of the screen. Everything it does can also be done with a button. */
export function useSwipeOpen(onOpen: () => void): void {
	const latest = useRef(onOpen);
	latest.current = onOpen;
	useEffect(() => {
		let start: Touch | null = null;
		const begin = (event: TouchEvent) => {
			const touch = event.touches[0];
			start = touch && touch.clientX <= edgePx ? touch : null;
		};
		const move = (event: TouchEvent) => {
			const touch = event.touches[0];
			if (!start || !touch) return;
			const isSideways = Math.abs(touch.clientY - start.clientY) < distancePx / 2;
			if (touch.clientX - start.clientX < distancePx || !isSideways) return;
			start = null;
			latest.current();
		};
		window.addEventListener("touchstart", begin, { passive: true });
		window.addEventListener("touchmove", move, { passive: true });
		return () => {
			window.removeEventListener("touchstart", begin);
			window.removeEventListener("touchmove", move);
		};
	}, []);
}
