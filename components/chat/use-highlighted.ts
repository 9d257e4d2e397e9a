import { useEffect, useRef, useState } from "react";
import { type Highlighted, highlightCode, keepRows } from "./highlight";

/** Colouring a growing block 5 times a second is plenty, and keeps every task short. */
const growingIntervalMs = 200;
/** Beyond this the colours cost more than they help. */
const charactersMax = 60_000;

/** The colours of a block, as far as they are known; null until then. */
export function useHighlighted(code: string, language: string, isIncomplete: boolean): Highlighted | null {
	const [highlighted, setHighlighted] = useState<Highlighted | null>(null);
	const latest = useRef(code);
	latest.current = code;
	const isWanted = language !== "" && code.length <= charactersMax;
	const finished = isIncomplete ? null : code;

	useEffect(() => {
		if (!isWanted) return;
		let isCurrent = true;
		let last = "";
		const run = async () => {
			const next = latest.current;
			if (next === last) return;
			last = next;
			const result = await highlightCode({ code: next, language, isIncomplete: finished === null });
			if (isCurrent && result) setHighlighted((before) => keepRows(before, result));
		};
		void run();
		const timer = finished === null ? setInterval(run, growingIntervalMs) : undefined;
		return () => {
			isCurrent = false;
			clearInterval(timer);
		};
	}, [isWanted, language, finished]);
	return highlighted;
}
