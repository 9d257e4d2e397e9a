import { useEffect, useRef } from "react";

const upwardKeys = ["ArrowUp", "PageUp", "Home"];
/** A finger that rests is not a finger that scrolls. */
const touchSlopPx = 3;

/**
 * Tells when a reader begins to scroll up, by key, wheel or finger. The first movement itself is too late a sign: while an
 * answer is followed, each step down cancels the browser's own step up.
 */
export function useLetGo(scroller: HTMLElement | null, onLetGo: () => void): void {
	const latest = useRef(onLetGo);
	latest.current = onLetGo;
	useEffect(() => {
		if (!scroller) return;
		let fingerY = 0;
		const letGo = () => {
			if (scroller.scrollTop > 0) latest.current();
		};
		const press = (event: KeyboardEvent) => {
			const isUpward = upwardKeys.includes(event.key) || (event.key === " " && event.shiftKey);
			if (isUpward && !event.defaultPrevented && scrolls(event.target, scroller)) letGo();
		};
		const wheel = ({ deltaY }: WheelEvent) => deltaY < 0 && letGo();
		const touch = ({ touches }: TouchEvent) => {
			fingerY = touches[0]?.clientY ?? 0;
		};
		const move = ({ touches }: TouchEvent) => (touches[0]?.clientY ?? 0) - fingerY > touchSlopPx && letGo();
		window.addEventListener("keydown", press);
		scroller.addEventListener("wheel", wheel, { passive: true });
		scroller.addEventListener("touchstart", touch, { passive: true });
		scroller.addEventListener("touchmove", move, { passive: true });
		return () => {
			window.removeEventListener("keydown", press);
			scroller.removeEventListener("wheel", wheel);
			scroller.removeEventListener("touchstart", touch);
			scroller.removeEventListener("touchmove", move);
		};
	}, [scroller]);
}

/** Whether a key pressed there moves the thread, and not a caret or a choice. */
function scrolls(target: EventTarget | null, scroller: HTMLElement): boolean {
	if (target === document.body) return true;
	return (
		target instanceof HTMLElement &&
		scroller.contains(target) &&
		!target.matches("input, textarea, select, [contenteditable]")
	);
}
