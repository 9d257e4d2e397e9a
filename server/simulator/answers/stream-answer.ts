import { reasoningPiece, type WireFormat } from "../formats/wire-format.ts";
import { type Exchange, reportUsage, resetConnection } from "../requests/exchange.ts";
import { type AnswerPlan, type Break, heldMsMax, monotonicUs } from "./answer-plan.ts";

/** Bytes of one write; other answers are served between two writes. */
const writeBytesMax = 64 * 1024;

/**
 * Streams one answer. Every token is due at a time counted from the request's arrival, so a late timer does not slow the answer
 * down: all tokens that are due go out in one write. While the client does not read, nothing is generated.
 */
class AnswerStream {
	readonly #exchange: Exchange;
	readonly #plan: AnswerPlan;
	readonly #format: WireFormat;
	readonly #total: number;
	readonly #firstDueMs: number;
	#index = 0;
	#bytes = 0;
	#hasHead = false;
	/** The token before which the answer breaks; -1 once it has, or when it never does. */
	#breakIndex: number;
	#timer: NodeJS.Timeout | undefined;
	readonly #lifetime: NodeJS.Timeout;

	constructor(exchange: Exchange, plan: AnswerPlan, format: WireFormat) {
		this.#exchange = exchange;
		this.#plan = plan;
		this.#format = format;
		this.#total = plan.reasoningTokens + plan.pieces.length;
		this.#firstDueMs = exchange.receivedUs / 1000 + plan.ttftMs;
		this.#breakIndex = toBreakIndex(plan);
		const answerMs = plan.ttftMs + (Number.isFinite(this.#total) ? this.#total * plan.gapMs : 0);
		this.#lifetime = setTimeout(() => this.#giveUp(), heldMsMax + answerMs);
	}

	start() {
		this.#exchange.response.once("close", () => {
			clearTimeout(this.#timer);
			clearTimeout(this.#lifetime);
		});
		if (this.#plan.hasEarlyHeaders) this.#send(this.#head());
		this.#schedule(this.#firstDueMs);
	}

	#schedule(dueMs: number) {
		this.#timer = setTimeout(() => this.#step(), Math.max(0, dueMs - monotonicUs() / 1000));
	}

	#step() {
		const { response } = this.#exchange;
		if (response.destroyed) return;
		const hasRoom = this.#sendDue(monotonicUs() / 1000);
		if (this.#bytes > this.#plan.bytesMax) return this.#giveUp();
		if (!hasRoom) {
			response.once("drain", () => this.#step());
			return;
		}
		if (this.#index === this.#breakIndex && this.#plan.break !== null) {
			this.#breakIndex = -1;
			return this.#breakOff(this.#plan.break);
		}
		this.#goOn();
	}

	#goOn() {
		if (this.#index >= this.#total) this.#finish();
		else this.#schedule(this.#firstDueMs + this.#index * this.#plan.gapMs);
	}

	/** Sends what is due; returns whether the connection takes more. */
	#sendDue(nowMs: number): boolean {
		let out = this.#hasHead ? "" : this.#head();
		while (this.#index < this.#total && this.#index !== this.#breakIndex && out.length < writeBytesMax) {
			if (this.#firstDueMs + this.#index * this.#plan.gapMs > nowMs) break;
			out += this.#token();
		}
		return this.#send(out);
	}

	#head(): string {
		const { record, response } = this.#exchange;
		this.#hasHead = true;
		record.status = 200;
		response.writeHead(200, {
			"content-type": "text/event-stream; charset=utf-8",
			"cache-control": "no-cache",
		});
		return this.#plan.break?.kind === "pings" ? ": ping\n\n" : this.#format.head();
	}

	#token(): string {
		const { record } = this.#exchange;
		const isReasoning = this.#index < this.#plan.reasoningTokens;
		const text = isReasoning
			? reasoningPiece
			: this.#plan.pieces.at(this.#index - this.#plan.reasoningTokens);
		this.#index += 1;
		record.tokensSent += 1;
		record.firstTokenAt ??= new Date().toISOString();
		if (isReasoning) record.reasoningTokensSent += 1;
		else record.textLength += text.length;
		return isReasoning ? this.#format.reasoning(text) : this.#format.delta(text);
	}

	#send(text: string): boolean {
		const { response } = this.#exchange;
		if (text === "") return !response.writableNeedDrain;
		this.#bytes += text.length;
		if (!this.#plan.isBytewise) return response.write(text);
		for (const byte of Buffer.from(text)) response.write(Uint8Array.of(byte));
		return !response.writableNeedDrain;
	}

	#breakOff(at: Break) {
		const { response, record, log } = this.#exchange;
		switch (at.kind) {
			case "bad-json":
				this.#send('data: {"choices":[{"index":0,"delta":{"content":"not closed\n\n');
				return this.#goOn();
			case "stall":
				return;
			case "pings":
				return this.#ping(at.everyMs ?? 1000);
			case "reset":
				log.close(record, "faulted");
				return resetConnection(response);
			case "half-event":
				this.#send(this.#format.delta("lost").slice(0, -20));
				break;
			case "error-event":
				if (at.error !== undefined) this.#send(this.#format.error(at.error));
				break;
			case "end":
				break;
		}
		log.close(record, "faulted");
		response.end();
	}

	#ping(everyMs: number) {
		this.#timer = setTimeout(() => {
			this.#send(": ping\n\n");
			this.#ping(everyMs);
		}, everyMs);
	}

	#finish() {
		const { response, record, log } = this.#exchange;
		const usage = reportUsage(this.#exchange, this.#plan);
		log.close(record, "completed");
		const { finishReason } = this.#plan;
		this.#send(this.#format.tail({ finishReason, usage, text: "", reasoning: "" }));
		response.end();
	}

	#giveUp() {
		const { response, record, log } = this.#exchange;
		log.close(record, "faulted");
		response.destroy();
	}
}

/** A break at 0 comes before everything, reasoning included; any other number counts the tokens of the text. */
function toBreakIndex(plan: AnswerPlan): number {
	if (plan.break === null) return -1;
	return plan.break.at === 0 ? 0 : plan.reasoningTokens + Math.min(plan.break.at, plan.pieces.length);
}

/** Streams an answer as its plan says. */
export function streamAnswer(exchange: Exchange, plan: AnswerPlan, format: WireFormat) {
	new AnswerStream(exchange, plan, format).start();
}
