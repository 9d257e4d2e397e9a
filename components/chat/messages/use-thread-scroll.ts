import { useEffect, useLayoutEffect, useRef, useState } from "react";
import { useStickToBottom } from "use-stick-to-bottom";

/** The jump button shows from here on, and stays until the end is near: two distances, so that it does not flicker. */
const farPx = 200;
const nearPx = 60;
/** Settles in about 80 ms. */
const spring = { damping: 0.6, stiffness: 0.12, mass: 1 };

const isStill = () =>
	typeof window !== "undefined" && window.matchMedia("(prefers-reduced-motion: reduce)").matches;

/**
 * Keeps the end of the thread in view until the reader scrolls up; a new message of mine moves near the top and the
 * answer fills the free space below it (its minimum height makes that space).
 */
export function useThreadScroll(sentKey: string | null) {
	const animation = isStill() ? "instant" : spring;
	const stick = useStickToBottom({ initial: "instant", resize: animation, ...spring });
	const { scrollRef, contentRef, scrollToBottom, stopScroll } = stick;
	const [element, setElement] = useState<HTMLElement | null>(null);
	const [isFar, setFar] = useState(false);
	useScrollUp(element, stopScroll);
	const shownKey = useRef(sentKey);

	useLayoutEffect(() => {
		const scroller = scrollRef.current;
		setElement(scroller);
		// Before the first paint: an old thread opens at its end.
		if (scroller) scroller.scrollTop = scroller.scrollHeight;
	}, [scrollRef]);

	useLayoutEffect(() => {
		if (sentKey === null || sentKey === shownKey.current) return;
		shownKey.current = sentKey;
		void scrollToBottom({ animation: isStill() ? "instant" : spring });
	}, [sentKey, scrollToBottom]);

	useEffect(() => {
		if (!element) return;
		const measure = () => {
			const restPx = element.scrollHeight - element.clientHeight - element.scrollTop;
			setFar((isShown) => (isShown ? restPx > nearPx : restPx >= farPx));
		};
		// The end moves away from a reader who stands still as well, when the answer grows.
		const observer = new ResizeObserver(measure);
		if (contentRef.current) observer.observe(contentRef.current);
		element.addEventListener("scroll", measure, { passive: true });
		return () => {
			observer.disconnect();
			element.removeEventListener("scroll", measure);
		};
	}, [element, contentRef]);

	useEffect(() => {
		if (!element) return;
		// A taller composer makes the list shorter: the last line must not slip behind it.
		let heightPx = element.clientHeight;
		const observer = new ResizeObserver(() => {
			const shorterByPx = heightPx - element.clientHeight;
			heightPx = element.clientHeight;
			if (shorterByPx > 0 && stick.state.isAtBottom) element.scrollTop += shorterByPx;
		});
		observer.observe(element);
		return () => observer.disconnect();
	}, [element, stick.state]);

	return {
		scrollRef,
		contentRef,
		element,
		isFar,
		jump: () => void scrollToBottom({ animation: isStill() ? "instant" : spring }),
		stop: stopScroll,
	};
}

const upwardKeys = ["ArrowUp", "PageUp", "Home"];
/** A finger that rests is not a finger that scrolls. */
const touchSlopPx = 3;

/**
 * Tells when a reader begins to scroll up, by key, wheel or finger. The first movement itself is too late a sign: while an
 * answer is followed, each step down cancels the browser's own step up.
 */
export function useScrollUp(scroller: HTMLElement | null, onScrollUp: () => void): void {
	const latest = useRef(onScrollUp);
	latest.current = onScrollUp;
	useEffect(() => {
		if (!scroller) return;
		let fingerY = 0;
		const notify = () => {
			if (scroller.scrollTop > 0) latest.current();
		};
		const press = (event: KeyboardEvent) => {
			const isUpward = upwardKeys.includes(event.key) || (event.key === " " && event.shiftKey);
			if (isUpward && !event.defaultPrevented && scrolls(event.target, scroller)) notify();
		};
		const wheel = ({ deltaY }: WheelEvent) => deltaY < 0 && notify();
		const touch = ({ touches }: TouchEvent) => {
			fingerY = touches[0]?.clientY ?? 0;
		};
		const move = ({ touches }: TouchEvent) => (touches[0]?.clientY ?? 0) - fingerY > touchSlopPx && notify();
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
