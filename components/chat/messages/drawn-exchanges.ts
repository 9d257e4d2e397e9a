import { type RefObject, useEffect, useRef, useState } from "react";

/**
 * How many exchanges of a thread are drawn in full. Beyond that, those that the reader left longest ago rest: only their words
 * stay, as they were written, which the browser's own search still finds.
 */
export const drawnMax = 40;
/** So far around the view, in its heights, exchanges are drawn before they come into it. */
const aheadMargin = "200% 0px";

interface Exchange {
	readonly element: HTMLElement;
	setDrawn(isDrawn: boolean): void;
}

export interface DrawnExchanges {
	/** Draws the exchange of that block when it comes near the view, and lets it rest some time after it has left. */
	watch(exchange: Exchange, block: Element, isDrawn: boolean): () => void;
	end(): void;
}

/**
 * Watches the exchanges of one thread in the element that scrolls: those of the blocks near the view one by one, of all others only
 * their blocks.
 */
function createDrawnExchanges(scroller: HTMLElement): DrawnExchanges {
	const watched = new Map<Element, Exchange>();
	const blocks = new Map<Element, Set<Exchange>>();
	const nearBlocks = new Set<Element>();
	const near = new Set<Exchange>();
	/** Drawn, and out of view; the one that was left longest ago comes first. */
	const left = new Set<Exchange>();

	const enter = (exchange: Exchange) => {
		left.delete(exchange);
		near.add(exchange);
		exchange.setDrawn(true);
	};
	const leave = (exchange: Exchange) => {
		if (near.delete(exchange)) left.add(exchange);
	};
	const rest = () => {
		for (const exchange of left) {
			if (near.size + left.size <= drawnMax) return;
			if (isInUse(exchange.element)) continue;
			left.delete(exchange);
			exchange.setDrawn(false);
		}
	};
	const seeBlock = (block: Element, isNear: boolean, exchanges: ReadonlySet<Exchange>) => {
		if (isNear) nearBlocks.add(block);
		else nearBlocks.delete(block);
		for (const exchange of exchanges) {
			if (isNear) observer.observe(exchange.element);
			else {
				observer.unobserve(exchange.element);
				leave(exchange);
			}
		}
	};
	const observer = new IntersectionObserver(
		(entries) => {
			for (const { target, isIntersecting } of entries) {
				const block = blocks.get(target);
				if (block) seeBlock(target, isIntersecting, block);
				const exchange = watched.get(target);
				if (exchange && isIntersecting) enter(exchange);
				else if (exchange) leave(exchange);
			}
			rest();
		},
		{ root: scroller, rootMargin: aheadMargin },
	);
	return {
		watch(exchange, block, isDrawn) {
			const others = blocks.get(block) ?? new Set();
			watched.set(exchange.element, exchange);
			blocks.set(block, others.add(exchange));
			if (isDrawn) left.add(exchange);
			observer.observe(nearBlocks.has(block) ? exchange.element : block);
			return () => {
				observer.unobserve(exchange.element);
				watched.delete(exchange.element);
				near.delete(exchange);
				left.delete(exchange);
				others.delete(exchange);
				if (others.size > 0) return;
				observer.unobserve(block);
				blocks.delete(block);
				nearBlocks.delete(block);
			};
		},
		end: () => observer.disconnect(),
	};
}

/** Taking it away would move the focus, or what is selected. */
function isInUse(element: HTMLElement): boolean {
	const { activeElement } = document;
	const selection = getSelection();
	return [activeElement, selection?.anchorNode, selection?.focusNode].some(
		(node) => node && element.contains(node),
	);
}

/** The watch over the exchanges of a thread; null until the element that scrolls is there. */
export function useDrawnExchanges(scroller: HTMLElement | null): DrawnExchanges | null {
	const [drawn, setDrawn] = useState<DrawnExchanges | null>(null);
	useEffect(() => {
		if (!scroller) return;
		const created = createDrawnExchanges(scroller);
		setDrawn(created);
		return () => created.end();
	}, [scroller]);
	return drawn;
}

interface Place {
	readonly drawn: DrawnExchanges | null;
	readonly box: RefObject<HTMLElement | null>;
	/** Only then may it rest. */
	readonly isOld: boolean;
	readonly isDrawnAtFirst: boolean;
}

/** Whether an exchange is drawn in full now. */
export function useIsDrawn({ drawn, box, isOld, isDrawnAtFirst }: Place): boolean {
	const [isDrawn, setDrawn] = useState(isDrawnAtFirst || !isOld);
	const latest = useRef(isDrawn);
	latest.current = isDrawn;
	useEffect(() => {
		const { current: element } = box;
		if (!isOld) setDrawn(true);
		else if (drawn && element?.parentElement)
			return drawn.watch({ element, setDrawn }, element.parentElement, latest.current);
	}, [drawn, box, isOld]);
	return isDrawn || !isOld;
}
