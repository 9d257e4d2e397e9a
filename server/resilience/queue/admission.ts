import { createFairQueue, type Waiter } from "./fair-queue.ts";
import { DeploymentLimiter } from "./limiter.ts";
import type { Limits } from "./rate-window.ts";
import type { ReportedLimits } from "./reported-limits.ts";

/** A call that waits for a deployment. `expiresAtMs` is monotonic, as every instant here. */
export interface WaitingCall extends Waiter {
	/** Input and output together, as far as known before the call. */
	readonly tokens: number;
	readonly expiresAtMs: number;
}

/** `expired`: its deadline has passed. `paused`: the provider's pause ends after its deadline. `evicted`: too many wait. */
export type Verdict = "admitted" | "expired" | "paused" | "evicted";

export interface Decision<Item> {
	readonly item: Item;
	readonly verdict: Verdict;
	/** The window entry of an admitted call; 0 otherwise. */
	readonly entryId: number;
}

export interface Forecast<Item> {
	readonly item: Item;
	/** Place in the order, from 1. */
	readonly position: number;
	/** Milliseconds until its admission if no other call arrives or leaves; null until a first call has ended. */
	readonly etaMs: number | null;
}

/** Decides which calls to one deployment are sent and which wait or are refused. Pure: the time is passed in. */
export class AdmissionControl<Item extends WaitingCall> {
	readonly #queue = createFairQueue<Item>();
	readonly #limiter: DeploymentLimiter;
	readonly #waitingMax: number;

	constructor({ instances, waitingMax }: { instances: number; waitingMax: number }) {
		this.#limiter = new DeploymentLimiter(instances);
		this.#waitingMax = waitingMax;
	}

	/** Admits, queues or refuses a new call. A full queue evicts one. */
	enter(item: Item, limits: Limits, nowMs: number): Decision<Item>[] {
		this.#limiter.configure(limits);
		const decisions = this.advance(nowMs);
		const refusal = this.#findRefusal(item, nowMs);
		if (refusal) decisions.push(refusal);
		else if (this.#queue.size === 0 && this.#limiter.toWaitMs(item.tokens, nowMs) === 0)
			decisions.push(this.#admit(item, nowMs));
		else if (this.#queue.size < this.#waitingMax) this.#queue.push(item);
		else {
			const evicted = this.#queue.findEviction(item);
			if (this.#queue.remove(evicted)) this.#queue.push(item);
			decisions.push({ item: evicted, verdict: "evicted", entryId: 0 });
		}
		return decisions;
	}

	/** Refuses the waiting calls that cannot be sent in time and admits those that may be sent now. */
	advance(nowMs: number): Decision<Item>[] {
		if (this.#queue.size === 0) return [];
		const refusals = Array.from(this.#queue.items(), (item) => this.#findRefusal(item, nowMs));
		const decisions = refusals.filter((decision) => decision !== null);
		for (const { item } of decisions) this.#queue.remove(item);
		for (let next = this.#queue.next(); next; next = this.#queue.next()) {
			if (this.#limiter.toWaitMs(next.tokens, nowMs) > 0) break;
			this.#queue.take();
			decisions.push(this.#admit(next, nowMs));
		}
		return decisions;
	}

	/** Removes a waiting call; false when it does not wait any more. */
	remove(item: Item): boolean {
		return this.#queue.remove(item);
	}

	/** An admitted call has ended. `tokens`: what it really took, if known. */
	release(item: Item, call: { entryId: number; heldMs: number; tokens: number | undefined }): void {
		this.#limiter.release({ ...call, moreTokens: (call.tokens ?? item.tokens) - item.tokens });
	}

	noteLimits(reported: ReportedLimits, nowMs: number): void {
		this.#limiter.noteLimits(reported, nowMs);
	}

	/** When `advance` has to be called if no other call arrives or leaves; null = never. */
	nextAtMs(nowMs: number): number | null {
		const next = this.#queue.next();
		if (!next) return null;
		let atMs = nowMs + this.#limiter.toWaitMs(next.tokens, nowMs);
		for (const { expiresAtMs } of this.#queue.items()) atMs = Math.min(atMs, expiresAtMs);
		return Number.isFinite(atMs) ? atMs : null;
	}

	forecast(nowMs: number): Forecast<Item>[] {
		const order = this.#queue.inOrder();
		const etas = this.#limiter.forecast(
			order.map(({ tokens }) => tokens),
			nowMs,
		);
		return order.map((item, index) => ({ item, position: index + 1, etaMs: etas[index] ?? null }));
	}

	items(): Iterable<Item> {
		return this.#queue.items();
	}

	get waiting(): number {
		return this.#queue.size;
	}

	/** Milliseconds until the provider's pause ends; 0 without one. */
	toPausedMs(nowMs: number): number {
		return Math.max(0, this.#limiter.pausedUntilMs - nowMs);
	}

	/** Drops what is too old to count. Returns whether the whole object could be dropped without effect. */
	dropOld(nowMs: number): boolean {
		return this.#limiter.dropOld(nowMs) && this.#queue.size === 0;
	}

	#admit(item: Item, nowMs: number): Decision<Item> {
		return { item, verdict: "admitted", entryId: this.#limiter.take(item.tokens, nowMs) };
	}

	#findRefusal(item: Item, nowMs: number): Decision<Item> | null {
		if (item.expiresAtMs <= nowMs) return { item, verdict: "expired", entryId: 0 };
		return this.#limiter.pausedUntilMs >= item.expiresAtMs ? { item, verdict: "paused", entryId: 0 } : null;
	}
}
