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

/** From here to the edge of the screen a swipe belongs to the system: it goes back. */
const systemEdgePx = 32;
const distancePx = 56;

/**
 * A swipe to the right, not from the edge and not over what itself scrolls sideways. Everything it does can also be done with
 * a button.
 */
export function useSwipeOpen(onOpen: () => void): void {
	const latest = useRef(onOpen);
	latest.current = onOpen;
	useEffect(() => {
		let start: Touch | null = null;
		const begin = (event: TouchEvent) => {
			const touch = event.touches.length === 1 ? event.touches[0] : undefined;
			const isOurs = touch && touch.clientX > systemEdgePx && !isScrolledSideways(event.target);
			start = isOurs ? touch : null;
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

/** Whether a finger moves the content of an element (a code block, a table) or a caret rather than the page. */
function isScrolledSideways(target: EventTarget | null): boolean {
	for (let element = target instanceof Element ? target : null; element; element = element.parentElement) {
		if (element.matches("input, textarea")) return true;
		if (element.scrollWidth > element.clientWidth && /auto|scroll/.test(getComputedStyle(element).overflowX))
			return true;
	}
	return false;
}
