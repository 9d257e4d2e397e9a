"use client";

import { useEffect, useRef, useState } from "react";

/** The first one comes when the pointer rests; while one was shown just now, the next ones come at once. */
const delayMs = 400;
const warmMs = 300;
const gapPx = 6;
const marginPx = 8;

interface Tip {
	readonly text: string;
	readonly anchor: Element;
}

const findTip = (target: EventTarget | null): Tip | null => {
	const anchor = target instanceof Element ? target.closest("[data-tip]") : null;
	const text = anchor?.getAttribute("data-tip");
	return anchor && text ? { anchor, text } : null;
};

/**
 * The tooltips of the whole page: what an element says in `data-tip`, beside it while the pointer rests on it or a key has
 * brought the focus there. They repeat names and hints that assistive technology reads from the elements themselves.
 */
export function Tooltips() {
	const [tip, setTip] = useState<Tip | null>(null);
	const box = useRef<HTMLDivElement>(null);
	useEffect(() => listen(setTip), []);
	useEffect(() => {
		const { current } = box;
		if (!tip || !current) return;
		// Above dialogs and menus, wherever the element stands.
		current.showPopover?.();
		place(current, tip.anchor);
	}, [tip]);
	if (!tip) return null;
	return (
		<div
			// Another element each time: its place in the top layer is that of the newest.
			key={tip.text}
			ref={box}
			popover="manual"
			aria-hidden
			className="appear pointer-events-none fixed m-0 max-w-64 rounded-chip border border-border bg-text px-2 py-1 text-small text-bg"
		>
			{tip.text}
		</div>
	);
}

/** Below the element, above it where there is no room. */
function place(box: HTMLElement, anchor: Element): void {
	const { left, width, top, bottom } = anchor.getBoundingClientRect();
	const own = box.getBoundingClientRect();
	const x = Math.min(Math.max(left + width / 2 - own.width / 2, marginPx), innerWidth - own.width - marginPx);
	const below = bottom + gapPx;
	const y = below + own.height > innerHeight - marginPx ? top - gapPx - own.height : below;
	box.style.left = `${Math.round(x)}px`;
	box.style.top = `${Math.round(y)}px`;
}

function listen(show: (tip: Tip | null) => void): () => void {
	const leaving = new AbortController();
	const on = { signal: leaving.signal, capture: true, passive: true };
	let timer: ReturnType<typeof setTimeout> | undefined;
	let shown: Element | null = null;
	let hiddenAtMs = Number.NEGATIVE_INFINITY;
	const hide = () => {
		clearTimeout(timer);
		if (shown) hiddenAtMs = performance.now();
		shown = null;
		show(null);
	};
	const open = (tip: Tip) => {
		if (!tip.anchor.isConnected) return;
		shown = tip.anchor;
		show(tip);
	};
	const point = ({ target, pointerType }: PointerEvent) => {
		const tip = findTip(target);
		if (tip?.anchor === shown) return;
		hide();
		if (!tip || pointerType === "touch") return;
		const isWarm = performance.now() - hiddenAtMs < warmMs;
		timer = setTimeout(() => open(tip), isWarm ? 0 : delayMs);
	};
	const focus = ({ target }: FocusEvent) => {
		const tip = findTip(target);
		if (tip && target instanceof Element && target.matches(":focus-visible")) open(tip);
	};
	document.addEventListener("pointerover", point, on);
	document.addEventListener("focusin", focus, on);
	for (const event of ["pointerdown", "keydown", "scroll", "focusout"])
		document.addEventListener(event, hide, on);
	// Of the page as a whole: elements within a button are left and entered all the time.
	document.documentElement.addEventListener("pointerleave", hide, { signal: leaving.signal });
	return () => {
		hide();
		leaving.abort();
	};
}
