import { useEffect, useMemo, useRef, useState } from "react";
import type { SwitchPlace } from "../parse/place-switches";
import type { TopBlock } from "../parse/tree";
import { type AnswerParser, Parser } from "./parser";

interface Parsed {
	readonly text: string;
	readonly blocks: readonly TopBlock[];
}

let parser: Parser | null = null;

function getParser() {
	parser ??= new Parser(
		() => new Worker(new URL("./markdown-worker.ts", import.meta.url), { type: "module" }),
	);
	return parser;
}

/**
 * Starts the worker with the first key or click: long before the first word of an answer, and not before a person is
 * there who may want one. Returns the function that waits no more.
 */
export function warmParser(): () => void {
	const waiting = new AbortController();
	for (const event of ["keydown", "pointerdown", "input"])
		addEventListener(
			event,
			() => {
				waiting.abort();
				getParser().warm();
			},
			{ signal: waiting.signal, capture: true, passive: true },
		);
	return () => waiting.abort();
}

/** Finished answers that were parsed before: a chat that is opened again shows at once what it showed. */
const cache = new Map<string, readonly TopBlock[]>();
const cachedMax = 200;

function remember(key: string, blocks: readonly TopBlock[]): void {
	cache.delete(key);
	cache.set(key, blocks);
	for (const [oldest] of cache) if (cache.size > cachedMax) cache.delete(oldest);
}

interface Wanted {
	readonly text: string;
	readonly isGrowing: boolean;
	readonly switches: readonly SwitchPlace[];
}

/**
 * The blocks of an answer, as far as the worker has come; null until it has come to anything of this text. The server, and
 * the first drawing in the browser, have none: nothing is parsed where it could make others wait.
 */
export function useBlocks({ text, isGrowing, switches }: Wanted): readonly TopBlock[] | null {
	const key = useMemo(() => JSON.stringify([text, switches]), [text, switches]);
	const [parsed, setParsed] = useState<Parsed | null>(() => {
		const known = isGrowing ? undefined : cache.get(key);
		return known ? { text, blocks: known } : null;
	});
	const handle = useRef<AnswerParser | null>(null);
	useEffect(() => {
		const own = getParser().open(setParsed);
		handle.current = own;
		return () => {
			handle.current = null;
			own.dispose();
		};
	}, []);
	useEffect(() => {
		const known = isGrowing ? undefined : cache.get(key);
		if (known) {
			handle.current?.settle();
			setParsed({ text, blocks: known });
		} else if (text !== "") handle.current?.parse({ text, isGrowing, switches });
	}, [key, text, isGrowing, switches]);
	useEffect(() => {
		if (!isGrowing && parsed?.text === text) remember(key, parsed.blocks);
	}, [key, text, isGrowing, parsed]);
	// What was parsed of another text says nothing about this one.
	return parsed && text.startsWith(parsed.text) && parsed.text !== "" ? parsed.blocks : null;
}
