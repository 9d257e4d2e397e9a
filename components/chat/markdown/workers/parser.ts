/**
 * The page's side of the Markdown worker: one request at a time, the newest text of each answer, and an end for what takes
 * too long. A text that stops the worker is parsed in parts; a part that stops it again is shown as it was written.
 */
import type { TopBlock } from "../parse/tree";
import type { ParseReply, ParseRequest } from "./parse-messages";
import { shareBlocks } from "./share-blocks";
import { createWatchdog } from "./watchdog";

type Request = Omit<ParseRequest, "answer" | "plainChunks">;

/** How long one text, or one part of it, may keep the worker busy. */
const patienceMs = 2_000;
/** Parts of one text that may be given up before all of it is shown as it was written. */
const plainChunksMax = 6;
/** Starting includes loading. Without the worker answers stay plain text. */
const startPatienceMs = 30_000;
const startsMax = 2;
const restartAfterMs = 60_000;

/** Called with the blocks of a text; with null when a growing text took too long and is plain until it ends. */
type OnBlocks = (parsed: { readonly blocks: readonly TopBlock[]; readonly text: string } | null) => void;

interface Answer {
	readonly id: number;
	onBlocks: OnBlocks;
	/** What is wanted next; null when the last wish was sent. */
	wanted: Request | null;
	blocks: readonly TopBlock[];
	/** Its blocks are known from elsewhere: what still comes for it is older. */
	isSettled: boolean;
	/** The text of which parts are plain, and which. */
	plain: { readonly text: string; readonly chunks: readonly number[] } | null;
}

export interface AnswerParser {
	/** Asks for the blocks of this text; a wish that was not begun yet is replaced. */
	parse(request: Request): void;
	/** Its blocks are known: nothing that was asked for before is wanted any more. */
	settle(): void;
	dispose(): void;
}

type WorkerLike = Pick<Worker, "postMessage" | "terminate" | "addEventListener">;

/** What the worker is busy with. */
interface Job {
	readonly answer: Answer;
	readonly request: Request;
	/** The part that it is at, when the text is parsed in parts. */
	chunk: number | null;
}

export class Parser {
	readonly #startWorker: () => WorkerLike;
	readonly #watchdog = createWatchdog(() => this.#lose());
	readonly #queue = new Set<Answer>();
	readonly #byId = new Map<number, Answer>();
	#worker: WorkerLike | null = null;
	#isReady = false;
	#current: Job | null = null;
	#answers = 0;
	/** Starts without a word from the worker, and when the last one failed. */
	#failures = 0;
	#failedAtMs = 0;

	constructor(startWorker: () => WorkerLike) {
		this.#startWorker = startWorker;
	}

	/** Starts the worker before it is needed. */
	warm(): void {
		if (!this.#worker && this.#failures === 0) this.#start();
	}

	/** Begins an answer. */
	open(onBlocks: OnBlocks): AnswerParser {
		const answer: Answer = {
			id: this.#answers++,
			onBlocks,
			wanted: null,
			blocks: [],
			isSettled: false,
			plain: null,
		};
		this.#byId.set(answer.id, answer);
		return {
			parse: (request) => {
				// While a text that stopped the worker grows, only its end is worth another try.
				if (request.isGrowing && answer.plain && request.text.startsWith(answer.plain.text)) return;
				answer.isSettled = false;
				answer.wanted = request;
				this.#queue.delete(answer);
				this.#queue.add(answer);
				this.#next();
			},
			settle: () => {
				answer.isSettled = true;
				answer.wanted = null;
				this.#queue.delete(answer);
			},
			dispose: () => {
				answer.onBlocks = () => undefined;
				this.#queue.delete(answer);
				this.#byId.delete(answer.id);
			},
		};
	}

	#start(): void {
		this.#isReady = false;
		const started = this.#startWorker();
		this.#worker = started;
		started.addEventListener("message", (event: Event) => {
			if (started === this.#worker) this.#receive((event as MessageEvent<ParseReply>).data);
		});
		started.addEventListener("error", () => {
			if (started === this.#worker) this.#lose();
		});
	}

	#watch(): void {
		this.#watchdog.start(this.#isReady ? patienceMs : startPatienceMs);
	}

	/** The worker is stuck, or gone. */
	#lose(): void {
		const lost = this.#current;
		this.#worker?.terminate();
		this.#worker = null;
		this.#watchdog.stop();
		this.#current = null;
		if (!this.#isReady) {
			this.#failures += 1;
			this.#failedAtMs = performance.now();
		}
		if (lost) this.#giveUp(lost);
		this.#next();
	}

	#giveUp({ answer, request, chunk }: Job): void {
		if (answer.isSettled) return;
		const before = answer.plain?.text === request.text ? answer.plain.chunks : [];
		answer.plain = { text: request.text, chunks: chunk === null ? before : [...before, chunk] };
		// A growing text is looked at again when it has come to its end.
		if (request.isGrowing || answer.plain.chunks.length > plainChunksMax) {
			answer.onBlocks(null);
			return;
		}
		answer.wanted ??= request;
		this.#queue.add(answer);
	}

	#next(): void {
		const isResting = this.#failures > startsMax && performance.now() - this.#failedAtMs < restartAfterMs;
		if (this.#current || isResting) return;
		const [answer] = this.#queue;
		const request = answer?.wanted;
		if (!answer || !request) {
			this.#watchdog.stop();
			return;
		}
		this.#queue.delete(answer);
		answer.wanted = null;
		if (!this.#worker) this.#start();
		this.#current = { answer, request, chunk: null };
		this.#watch();
		const plainChunks = answer.plain?.text === request.text ? answer.plain.chunks : null;
		this.#worker?.postMessage({ ...request, answer: answer.id, plainChunks } satisfies ParseRequest);
	}

	#receive(message: ParseReply): void {
		if (message.type === "ready") {
			this.#isReady = true;
			this.#failures = 0;
			if (this.#current) this.#watch();
			return;
		}
		const current = this.#current?.answer.id === message.answer ? this.#current : null;
		if (message.type === "chunk") {
			if (!current) return;
			current.chunk = message.index;
			this.#watch();
			return;
		}
		const answer = this.#byId.get(message.answer);
		if (answer) {
			answer.blocks = shareBlocks(answer.blocks, message);
			if (!answer.isSettled) answer.onBlocks({ blocks: answer.blocks, text: message.text });
		}
		if (!current) return;
		this.#current = null;
		this.#next();
	}
}
