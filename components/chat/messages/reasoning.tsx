"use client";

import { ChevronRightIcon } from "lucide-react";
import { memo } from "react";
import { messages } from "../../words/chat";

interface ReasoningProps {
	readonly text: string;
	readonly durationMs: number | null;
	readonly isRunning: boolean;
}

/** What the model thought, folded away. It is never part of what is copied. */
export const Reasoning = memo(function Reasoning({ text, durationMs, isRunning }: ReasoningProps) {
	if (text === "") return null;
	const title = isRunning
		? messages.reasoningNow
		: messages.reasoningDone(Math.round((durationMs ?? 0) / 1000));
	return (
		<details className="reasoning group/reasoning mb-3 text-meta text-muted">
			<summary className="flex w-fit list-none items-center gap-1 rounded-control py-1 pr-2 hover:text-text">
				<ChevronRightIcon
					size={14}
					aria-hidden
					className="transition-transform duration-100 group-open/reasoning:rotate-90"
				/>
				<span className="num">{title}</span>
			</summary>
			<p className="mt-1 max-h-80 overflow-y-auto border-l-2 border-border pl-3 whitespace-pre-wrap">
				{text}
			</p>
		</details>
	);
});
