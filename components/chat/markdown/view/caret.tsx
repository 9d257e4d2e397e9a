import { type RefObject, useLayoutEffect, useRef } from "react";

interface CaretProps {
	readonly body: RefObject<HTMLElement | null>;
	/** The caret follows every change of it. */
	readonly text: string;
}

/**
 * A block after the last words of a growing answer. It is moved by a transform and stands outside the text: a box within
 * it would move with every word, which browsers count as a layout shift.
 */
export function Caret({ body, text }: CaretProps) {
	const caret = useRef<HTMLSpanElement>(null);
	// biome-ignore lint/correctness/useExhaustiveDependencies: the caret stands where the text ends.
	useLayoutEffect(() => {
		const { current: box } = caret;
		const { current: answer } = body;
		const end = answer && findEnd(answer);
		if (!box || !answer || !end) return;
		const origin = answer.getBoundingClientRect();
		const x = end.right - origin.left + 2;
		const y = end.top - origin.top + (end.height - box.offsetHeight) / 2;
		box.style.transform = `translate(${Math.round(x)}px, ${Math.round(y)}px)`;
		box.style.visibility = "visible";
	}, [body, text]);
	return (
		<span
			ref={caret}
			aria-hidden
			className="invisible pointer-events-none absolute top-0 left-0 h-[18px] w-2 rounded-[2px] bg-muted"
		/>
	);
}

/** Where the last visible character ends. */
function findEnd(answer: HTMLElement): DOMRect | null {
	const texts = document.createTreeWalker(answer, NodeFilter.SHOW_TEXT);
	let node: Node | null = answer;
	while (node?.lastChild) node = node.lastChild;
	if (node) texts.currentNode = node;
	if (node?.nodeType !== Node.TEXT_NODE) node = texts.previousNode();
	while (node && node.textContent?.trim() === "") node = texts.previousNode();
	if (!node) return null;
	const range = document.createRange();
	const length = node.textContent?.trimEnd().length ?? 0;
	range.setStart(node, Math.max(0, length - 1));
	range.setEnd(node, length);
	return [...range.getClientRects()].at(-1) ?? null;
}
