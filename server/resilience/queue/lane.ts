import type { RateNews } from "./headers.ts";
import { createLine, type Priority, type Waiter } from "./line.ts";
import { Meter } from "./meter.ts";
import type { Limits } from "./window.ts";

/** One who wants to call a deployment. `expiresAtMs` is monotonic, like every instant here. */
export interface LaneWaiter extends Waiter {
	/** Input and output together, as far as they can be told before. */
	readonly tokens: number;
	readonly expiresAtMs: number;
}

/** `expired`: out of time. `hopeless`: the provider has said that it will be. `surplus`: one too many waits. */
export type Verdict = "admitted" | "expired" | "hopeless" | "surplus";

export interface Decision<Item> {
	readonly item: Item;
	readonly verdict: Verdict;
	/** Names what was counted for an admission; 0 otherwise. */
	readonly mark: number;
}

export interface Prospect<Item> {
	readonly item: Item;
	/** Place in the order, from 1. */
	readonly position: number;
	/** Until its turn, if nobody comes or leaves; null when nothing has ended yet from which it could be told. */
	readonly etaMs: number | null;
}

/** Who waits for one deployment, and who may go. Decides and keeps no time, which is handed in. */
export class Lane<Item extends LaneWaiter> {
	readonly #line = createLine<Item>();
	readonly #meter: Meter;
	readonly #waitingMax: number;

	constructor({ instances, waitingMax }: { instances: number; waitingMax: number }) {
		this.#meter = new Meter(instances);
		this.#waitingMax = waitingMax;
	}

	/** Admits, lines up or refuses a newcomer; one too many pushes another out. */
	enter(item: Item, limits: Limits, nowMs: number): Decision<Item>[] {
		this.#meter.configure(limits);
		const decisions = this.advance(nowMs);
		const lost = this.#findLost(item, nowMs);
		if (lost) decisions.push(lost);
		else if (this.#line.size === 0 && this.#meter.toWaitMs(item.tokens, nowMs) === 0)
			decisions.push(this.#admit(item, nowMs));
		else if (this.#line.size < this.#waitingMax) this.#line.push(item);
		else {
			const surplus = this.#line.findSurplus(item);
			if (this.#line.remove(surplus)) this.#line.push(item);
			decisions.push({ item: surplus, verdict: "surplus", mark: 0 });
		}
		return decisions;
	}

	/** Decides about those whose time has come, one way or the other. */
	advance(nowMs: number): Decision<Item>[] {
		if (this.#line.size === 0) return [];
		const lost = Array.from(this.#line.items(), (item) => this.#findLost(item, nowMs));
		const decisions = lost.filter((decision) => decision !== null);
		for (const { item } of decisions) this.#line.remove(item);
		for (let next = this.#line.next(); next; next = this.#line.next()) {
			if (this.#meter.toWaitMs(next.tokens, nowMs) > 0) break;
			this.#line.take();
			decisions.push(this.#admit(next, nowMs));
		}
		return decisions;
	}

	leaveLine(item: Item): boolean {
		return this.#line.remove(item);
	}

	/** An admitted call has ended. `tokens`: what it really took, if that is known. */
	release(item: Item, call: { mark: number; heldMs: number; tokens: number | undefined }): void {
		this.#meter.release({ ...call, moreTokens: (call.tokens ?? item.tokens) - item.tokens });
	}

	learn(news: RateNews, nowMs: number): void {
		this.#meter.learn(news, nowMs);
	}

	/** When `advance` is due again without anybody coming or leaving; null = never. */
	nextAtMs(nowMs: number): number | null {
		const next = this.#line.next();
		if (!next) return null;
		let atMs = nowMs + this.#meter.toWaitMs(next.tokens, nowMs);
		for (const { expiresAtMs } of this.#line.items()) atMs = Math.min(atMs, expiresAtMs);
		return Number.isFinite(atMs) ? atMs : null;
	}

	toProspects(nowMs: number): Prospect<Item>[] {
		const order = this.#line.inOrder();
		const etas = this.#meter.toForecast(
			order.map(({ tokens }) => tokens),
			nowMs,
		);
		return order.map((item, index) => ({ item, position: index + 1, etaMs: etas[index] ?? null }));
	}

	items(): Iterable<Item> {
		return this.#line.items();
	}

	count(priority: Priority): number {
		return this.#line.count(priority);
	}

	get waiting(): number {
		return this.#line.size;
	}

	get active(): number {
		return this.#meter.active;
	}

	/** Milliseconds for which the provider wants to be left alone. */
	toPausedMs(nowMs: number): number {
		return Math.max(0, this.#meter.pausedUntilMs - nowMs);
	}

	/** Drops what is too old to count. Returns whether forgetting the whole lane would change nothing. */
	forget(nowMs: number): boolean {
		return this.#meter.forget(nowMs) && this.#line.size === 0;
	}

	#admit(item: Item, nowMs: number): Decision<Item> {
		return { item, verdict: "admitted", mark: this.#meter.take(item.tokens, nowMs) };
	}

	/** Whom waiting cannot help any more. */
	#findLost(item: Item, nowMs: number): Decision<Item> | null {
		if (item.expiresAtMs <= nowMs) return { item, verdict: "expired", mark: 0 };
		return this.#meter.pausedUntilMs >= item.expiresAtMs ? { item, verdict: "hopeless", mark: 0 } : null;
	}
}
