import type { FinishReason, ModelPart } from "../../../contract/model-message.ts";
import type { TokenUsage } from "../../../contract/turn.ts";
import { createTextCleaner, toCleanName, toStorableJson, toStorableText } from "./clean-text.ts";
import { type FinishMeaning, toFinishMeaning } from "./finish-words.ts";
import { RepeatedText } from "./repeated-text.ts";
import { toReportedCost } from "./reported-cost.ts";
import { ThinkTags } from "./think-tags.ts";
import { UsageReport, type UsageRules } from "./usage-report.ts";

export interface FoldOptions {
	/** The response's headers had the request's id. */
	readonly hasRequestId: boolean;
	readonly usage?: UsageRules;
	/** Whether text may contain reasoning between tags. */
	readonly readsThinkTags?: boolean;
	/** Whether earlier answers of the deployment began with reasoning that only a closing tag ended. */
	readonly beginsWithReasoning?: boolean;
}

/**
 * Turns the content of the events of one answer into parts, for every wire. After a finish reason the answer is settled: later failures
 * do not count. Consecutive text that arrives together becomes one part.
 */
export class AnswerFold {
	/** Parts that were not taken yet. */
	#parts: ModelPart[] = [];
	readonly #usage: UsageReport;
	readonly #tags: ThinkTags | null;
	readonly #cleaners = { text: createTextCleaner(), reasoning: createTextCleaner() };
	readonly #repeated = { text: new RepeatedText(), reasoning: new RepeatedText() };
	#needsRequestId: boolean;
	#meaning: FinishMeaning | null = null;
	#reportedModelId: string | null = null;
	#costNanoUsd: bigint | null = null;
	#isUnfiltered = false;
	readonly #toolCalls = new Map<string, { id: string; name: string; input: string }>();
	#hasEndMark = false;
	#hasContent = false;

	constructor(options: FoldOptions) {
		this.#needsRequestId = !options.hasRequestId;
		this.#usage = new UsageReport(options.usage);
		const { readsThinkTags, beginsWithReasoning } = options;
		this.#tags = readsThinkTags
			? new ThinkTags((kind, text) => this.#add(kind, text), beginsWithReasoning)
			: null;
	}

	/** Whether a finish reason has come. Later failures do not count. */
	get isSettled(): boolean {
		return this.#meaning !== null;
	}

	/** Whether the end mark has come. */
	get isDone(): boolean {
		return this.#hasEndMark;
	}

	get hasUsage(): boolean {
		return this.#usage.toUsage() !== null;
	}

	/** Whether answers of this deployment begin with reasoning that only a closing tag ends; null when this answer does not show it. */
	get beginsWithReasoning(): boolean | null {
		if (this.#tags?.hasLoneClosingTag) return true;
		return this.#tags?.hasNoClosingTag ? false : null;
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

	/** Adds a piece of a tool call: its id and name come first, its input as text in pieces. */
	toolCall(index: string, { id, name, input }: { id?: unknown; name?: unknown; input?: unknown }): void {
		const call = this.#toolCalls.get(index) ?? { id: "", name: "", input: "" };
		this.#toolCalls.set(index, {
			id: toCleanName(id) ?? call.id,
			name: toCleanName(name) ?? call.name,
			input: call.input + toInputText(input),
		});
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

	/** The first finish reason counts, except that any later one replaces a plain end, and a filter's verdict replaces every other. */
	finish(word: unknown): void {
		const meaning = toFinishMeaning(word);
		if (meaning === null) return;
		if (this.#meaning !== null && this.#meaning !== "stop" && meaning !== "content-filter") return;
		this.#meaning = meaning;
	}

	unfiltered(): void {
		this.#isUnfiltered = true;
	}

	endMark(): void {
		this.#hasEndMark = true;
	}

	/** Returns the parts since the last call. */
	take(): ModelPart[] {
		const parts = this.#parts;
		this.#parts = [];
		return parts;
	}

	/** Adds the text that was held back, and the finish. */
	end(): void {
		const { text, reasoning } = this.#repeated;
		this.#add("reasoning", reasoning.end());
		const rest = text.end();
		if (rest !== "") this.#speak(rest);
		this.#tags?.end(this.#meaning === null || this.#meaning === "length");
		this.#push("reasoning-delta", this.#cleaners.reasoning.flush());
		this.#push("text-delta", this.#cleaners.text.flush());
		for (const [index, { id, name, input }] of this.#toolCalls)
			if (name !== "")
				this.#parts.push({
					type: "tool-call",
					callId: id || index,
					toolName: name,
					input: parseInput(input),
				});
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
			// Without a finish reason the provider may have counted only the beginning of the answer.
			usage: finishReason === "unknown" && this.#meaning === null ? null : usage,
			...(this.#reportedModelId && { reportedModelId: this.#reportedModelId }),
			...(this.#isUnfiltered && { isUnfiltered: true }),
			...(this.#costNanoUsd !== null && { reportedCostNanoUsd: this.#costNanoUsd }),
		};
	}

	/**
	 * An unknown word ends an answer that has begun. Without any word an answer is complete when it was counted and an end mark came: an
	 * end mark alone may come from a gateway whose own upstream broke.
	 */
	#toFinishReason(usage: TokenUsage | null): FinishReason {
		if (this.#meaning === "other") return this.#hasContent ? "stop" : "unknown";
		if (this.#meaning !== null) return this.#meaning;
		const isWhole = this.#hasContent && this.#hasEndMark && usage !== null && usage.outputTokens > 0;
		return isWhole ? "stop" : "unknown";
	}
}

const toInputText = (input: unknown): string => {
	if (input === undefined || input === null) return "";
	return typeof input === "string" ? input : JSON.stringify(input);
};

/** The input of a tool call; models sometimes write no valid JSON. */
function parseInput(text: string): unknown {
	if (text.trim() === "") return {};
	try {
		return toStorableJson(JSON.parse(text));
	} catch {
		return toStorableText(text);
	}
}
