import { useEffect, useRef, useState } from "react";
import type { HighlightToken } from "streamdown";

/** One highlighted line. Lines that did not change keep their array, so that React renders only the new ones. */
export type HighlightedLine = readonly HighlightToken[];

export interface Highlighted {
	readonly lines: readonly string[];
	readonly rows: readonly HighlightedLine[];
}

export interface HighlightRequest {
	readonly id: number;
	readonly code: string;
	readonly language: string;
	readonly isIncomplete: boolean;
}

export interface HighlightAnswer {
	readonly id: number;
	/** null: the language is not known. */
	readonly rows: readonly HighlightedLine[] | null;
}

const waiting = new Map<number, (rows: HighlightAnswer["rows"]) => void>();
let worker: Worker | null = null;
let requests = 0;

function getWorker(): Worker {
	if (worker) return worker;
	worker = new Worker(new URL("./highlight-worker.ts", import.meta.url), { type: "module" });
	worker.addEventListener("message", ({ data }: MessageEvent<HighlightAnswer>) => {
		waiting.get(data.id)?.(data.rows);
		waiting.delete(data.id);
	});
	// Without the worker code stays readable, only without colours.
	worker.addEventListener("error", () => {
		for (const settle of waiting.values()) settle(null);
		waiting.clear();
	});
	return worker;
}

/** Colours code beside the page. The highlighter and the language are loaded on first use. */
export async function highlightCode(request: Omit<HighlightRequest, "id">): Promise<Highlighted | null> {
	const id = requests++;
	const rows = await new Promise<HighlightAnswer["rows"]>((resolve) => {
		waiting.set(id, resolve);
		getWorker().postMessage({ ...request, id } satisfies HighlightRequest);
	});
	return rows && { lines: request.code.split("\n"), rows };
}

/** Keeps the rows that are the same as before, so that only the lines that changed render again. */
export function keepRows(before: Highlighted | null, next: Highlighted): Highlighted {
	if (!before) return next;
	const changedAt = next.lines.findIndex((line, index) => line !== before.lines[index]);
	const same = changedAt < 0 ? next.lines.length : changedAt;
	return { lines: next.lines, rows: [...before.rows.slice(0, same), ...next.rows.slice(same)] };
}

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
