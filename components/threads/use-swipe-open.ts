import { useEffect, useRef } from "react";

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
