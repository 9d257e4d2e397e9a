"use client";

import { lazy, memo, Suspense } from "react";
import { cn } from "../ui/class-names";

const loadMarkdown = () => import("./markdown");
const Markdown = lazy(loadMarkdown);

/** Fetches the renderer before it is needed, when the browser has nothing better to do. */
export function preloadMarkdown(): void {
	const idle = window.requestIdleCallback ?? ((run: () => void) => setTimeout(run, 200));
	idle(() => void loadMarkdown());
}

/** The body of an answer. Until the renderer is here, the same words as plain text. */
export const Answer = memo(function Answer(props: { readonly text: string; readonly isGrowing: boolean }) {
	const growing = props.isGrowing && "answer-growing";
	return (
		<Suspense fallback={<div className={cn("answer answer-plain", growing)}>{props.text}</div>}>
			<div className={cn("answer", growing)}>
				<Markdown text={props.text} isGrowing={props.isGrowing} />
			</div>
		</Suspense>
	);
});
