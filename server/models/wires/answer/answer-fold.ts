import type { FinishReason, ModelPart, TokenUsage } from "../../../contract/turn.ts";
import { createTextCleaner, toCleanName } from "./clean-text.ts";
import { type FinishMeaning, toFinishMeaning } from "./finish-words.ts";
import { RepeatedText } from "./repeated-text.ts";
import { toReportedCost } from "./reported-cost.ts";
import { ThinkTags } from "./think-tags.ts";
import { UsageReport, type UsageRules } from "./usage-report.ts";

export interface FoldOptions {
	/** The response's headers have named the request. */
	readonly hasRequestId: boolean;
	readonly usage?: UsageRules;
	/** Thoughts may stand in the text, between signs. */
	readonly readsThinkTags?: boolean;
	/** The deployment has been seen to send the end of a thought without its beginning. */
	readonly beginsInThought?: boolean;
}

/**
 * Folds what the events of one answer say into parts, whatever the wire. A finish reason settles the answer: a failure after it
 * changes nothing. Parts of one kind that are taken together are one part.
 */
export class AnswerFold {
	/** Not taken yet. */
	#parts: ModelPart[] = [];
	readonly #usage: UsageReport;
	readonly #tags: ThinkTags | null;
	readonly #cleaners = { text: createTextCleaner(), reasoning: createTextCleaner() };
	readonly #repeated = { text: new RepeatedText(), reasoning: new RepeatedText() };
	#needsRequestId: boolean;
	#meaning: FinishMeaning | null = null;
	#word = "";
	#reportedModelId: string | null = null;
	#costNanoUsd: bigint | null = null;
	#isUnfiltered = false;
	#hasEndMark = false;
	#hasContent = false;

	constructor(options: FoldOptions) {
		this.#needsRequestId = !options.hasRequestId;
		this.#usage = new UsageReport(options.usage);
		const { readsThinkTags, beginsInThought } = options;
		this.#tags = readsThinkTags
			? new ThinkTags((kind, text) => this.#add(kind, text), beginsInThought)
			: null;
	}

	/** Whether a finish reason has come: what follows serves only usage. */
	get isSettled(): boolean {
		return this.#meaning !== null;
	}

	/** Whether the provider has said that nothing follows. */
	get isDone(): boolean {
		return this.#hasEndMark;
	}

	get hasUsage(): boolean {
		return this.#usage.toUsage() !== null;
	}

	/** Whether the deployment sends the end of a thought alone; null when this answer does not show it. */
	get beginsInThought(): boolean | null {
		if (this.#tags?.hasLoneClose) return true;
		return this.#tags?.hasNoClose ? false : null;
	}

	text(piece: string): void {
		if (this.#meaning === "content-filter") return;
		const text = this.#repeated.text.push(piece);
		if (text !== "") this.#speak(text);
	}

	reasoning(piece: string): void {
		if (this.#meaning === "content-filter") return;
		this.#add("reasoning", this.#repeated.reasoning.push(piece));
	}

	requestId(id: unknown): void {
		const providerRequestId = this.#needsRequestId ? toCleanName(id) : null;
		if (providerRequestId === null) return;
		this.#needsRequestId = false;
		this.#parts.push({ type: "response-start", providerRequestId });
	}

	model(name: unknown): void {
		this.#reportedModelId ??= toCleanName(name);
	}

	usage(report: unknown): void {
		if (typeof report !== "object" || report === null) return;
		this.#usage.add(report);
		this.#costNanoUsd = toReportedCost(report) ?? this.#costNanoUsd;
	}

	/** The first reason counts, unless a filter's verdict follows, or a plain end is followed by the reason for it. */
	finish(word: unknown): void {
		const meaning = toFinishMeaning(word);
		if (meaning === null) return;
		if (this.#meaning !== null && this.#meaning !== "stop" && meaning !== "content-filter") return;
		this.#meaning = meaning;
		this.#word = toCleanName(word) ?? "";
	}

	unfiltered(): void {
		this.#isUnfiltered = true;
	}

	endMark(): void {
		this.#hasEndMark = true;
	}

	/** What has come since it was last taken. */
	take(): ModelPart[] {
		const parts = this.#parts;
		this.#parts = [];
		return parts;
	}

	/** Adds what was held back, and the finish. */
	end(): void {
		const { text, reasoning } = this.#repeated;
		this.#add("reasoning", reasoning.end());
		const rest = text.end();
		if (rest !== "") this.#speak(rest);
		this.#tags?.end(this.#meaning === null || this.#meaning === "length");
		this.#push("reasoning-delta", this.#cleaners.reasoning.flush());
		this.#push("text-delta", this.#cleaners.text.flush());
		this.#parts.push(this.#toFinish());
	}

	#speak(text: string): void {
		if (this.#tags) this.#tags.push(text);
		else this.#add("text", text);
	}

	#add(kind: "text" | "reasoning", text: string): void {
		this.#push(`${kind}-delta`, this.#cleaners[kind].push(text));
	}

	#push(type: "text-delta" | "reasoning-delta", text: string): void {
		if (text === "") return;
		this.#hasContent = true;
		const last = this.#parts.at(-1);
		if (last?.type === type) this.#parts[this.#parts.length - 1] = { type, text: last.text + text };
		else this.#parts.push({ type, text });
	}

	#toFinish(): ModelPart {
		const usage = this.#usage.toUsage();
		const finishReason = this.#toFinishReason(usage);
		return {
			type: "finish",
			finishReason,
			// Of an answer that did not say why it ended, a provider may only have counted the beginning.
			usage: finishReason === "unknown" && this.#meaning === null ? null : usage,
			...(this.#reportedModelId && { reportedModelId: this.#reportedModelId }),
			...(this.#isUnfiltered && { isUnfiltered: true }),
			...(this.#costNanoUsd !== null && { reportedCostNanoUsd: this.#costNanoUsd }),
			...(this.#meaning === "other" && { reportedFinishReason: this.#word }),
		};
	}

	/**
	 * A word that is not known ends an answer that has begun. Without any word an answer is whole when the provider has both counted
	 * it and said that nothing follows: a gateway alone would say the latter also behind a connection that broke.
	 */
	#toFinishReason(usage: TokenUsage | null): FinishReason {
		if (this.#meaning === "other") return this.#hasContent ? "stop" : "unknown";
		if (this.#meaning !== null) return this.#meaning;
		const isWhole = this.#hasContent && this.#hasEndMark && usage !== null && usage.outputTokens > 0;
		return isWhole ? "stop" : "unknown";
	}
}
