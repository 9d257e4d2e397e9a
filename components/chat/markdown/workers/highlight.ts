import { useEffect, useRef, useState } from "react";
import { createWatchdog } from "./watchdog";

/** What a token is; `answer.css` gives each kind its colour in both themes. */
export type TokenKind = "ink" | "keyword" | "call" | "text" | "value" | "note";
export type Token = readonly [kind: TokenKind, text: string];

/** One highlighted line. Lines that did not change keep their array, so that React renders only the new ones. */
export type HighlightedLine = readonly Token[];

export interface Highlighted {
	readonly lines: readonly string[];
	readonly rows: readonly HighlightedLine[];
}

export interface HighlightRequest {
	readonly id: number;
	readonly code: string;
	readonly language: string;
}

export interface HighlightAnswer {
	readonly id: number;
	/** null: the language is not known, or its grammar did not load. */
	readonly rows: readonly HighlightedLine[] | null;
}

interface Job {
	readonly request: HighlightRequest;
	settle(rows: HighlightAnswer["rows"]): void;
}

/** For one block, with the loading of its grammar: then it stays without colours. */
const patienceMs = 10_000;
const jobs: Job[] = [];
let current: Job | null = null;
let worker: Worker | null = null;
let requests = 0;

const finish = (rows: HighlightAnswer["rows"]) => {
	watchdog.stop();
	const done = current;
	current = null;
	done?.settle(rows);
	next();
};
const lose = () => {
	worker?.terminate();
	worker = null;
	finish(null);
};
const watchdog = createWatchdog(lose);

function start(): Worker {
	const started = new Worker(new URL("./highlight-worker.ts", import.meta.url), { type: "module" });
	started.addEventListener("message", ({ data }: MessageEvent<HighlightAnswer>) => {
		if (started === worker && data.id === current?.request.id) finish(data.rows);
	});
	started.addEventListener("error", () => {
		if (started === worker) lose();
	});
	return started;
}

/** One block at a time, the one that was asked for last first: it is what the reader sees. */
function next(): void {
	if (current) return;
	const job = jobs.pop();
	if (!job) return;
	current = job;
	worker ??= start();
	watchdog.start(patienceMs);
	worker.postMessage(job.request);
}

/** Colours code beside the page. The highlighter and the language are loaded on first use. */
async function highlightCode(code: string, language: string): Promise<Highlighted | null> {
	const id = requests++;
	const rows = await new Promise<HighlightAnswer["rows"]>((settle) => {
		jobs.push({ request: { id, code, language }, settle });
		next();
	});
	return rows && { lines: code.split("\n"), rows };
}

/** Keeps the rows that are the same as before, so that only the lines that changed render again. */
function keepRows(before: Highlighted | null, after: Highlighted): Highlighted {
	if (!before) return after;
	const changedAt = after.lines.findIndex((line, index) => line !== before.lines[index]);
	const same = changedAt < 0 ? after.lines.length : changedAt;
	return { lines: after.lines, rows: [...before.rows.slice(0, same), ...after.rows.slice(same)] };
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

	// biome-ignore lint/correctness/useExhaustiveDependencies: a finished block is coloured once for its code.
	useEffect(() => {
		if (!isWanted) return;
		let isCurrent = true;
		let isBusy = false;
		let last = "";
		const run = async () => {
			const wanted = latest.current;
			if (wanted === last || isBusy) return;
			last = wanted;
			isBusy = true;
			const result = await highlightCode(wanted, language);
			isBusy = false;
			if (isCurrent && result) setHighlighted((before) => keepRows(before, result));
		};
		void run();
		const timer = isIncomplete ? setInterval(run, growingIntervalMs) : undefined;
		return () => {
			isCurrent = false;
			clearInterval(timer);
		};
	}, [isWanted, language, finished]);
	return highlighted;
}
