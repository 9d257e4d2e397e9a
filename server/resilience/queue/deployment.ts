import { AppError } from "../../contract/errors.ts";
import type { Clock } from "../../kernel/clock.ts";
import { readRateNews } from "./headers.ts";
import { type Decision, Lane, type LaneWaiter } from "./lane.ts";
import type { Priority } from "./line.ts";
import type { Limits } from "./window.ts";

/** Where one stands: the place from 1, and the milliseconds until its turn, null while nobody can tell. */
export interface QueueMove {
	readonly position: number;
	readonly etaMs: number | null;
}

export interface QueueRequest {
	/** What has limits of its own: a model at a provider, or a whole provider. */
	readonly deployment: string;
	readonly limits: Limits;
	readonly userId: string;
	readonly priority: Priority;
	/** Input and output together, as far as they can be told before. */
	readonly tokens: number;
	/** On the clock's `elapsed()`: after this instant the work is of no use and is never sent. */
	readonly expiresAtMs: number;
	readonly signal: AbortSignal;
	/** Told on entering the line and whenever the place or the expected instant changes, at most once a second. */
	readonly onMove?: (move: QueueMove) => void;
}

/** The right to make one call. Whoever has it must leave it, however the call ends. */
export interface Slot {
	readonly waitedMs: number;
	/** Hands over a response's headers (names in lower case) as soon as they are there. */
	noteHeaders(headers: Readonly<Record<string, string>>): void;
	/** Once; any further call does nothing. `tokens`: what the call really took. */
	release(outcome?: { readonly tokens?: number; readonly headers?: Readonly<Record<string, string>> }): void;
}

export interface DeploymentQueueOptions {
	readonly clock: Clock;
	readonly instances: number;
	readonly random: () => number;
	readonly waitingMax: number;
}

interface Entry extends LaneWaiter, PromiseWithResolvers<Slot> {
	readonly request: QueueRequest;
	readonly enteredAtMs: number;
	readonly onAbort: () => void;
	/** What was told last, and when. */
	told: (QueueMove & { readonly atMs: number }) | null;
}

const toldEveryMs = 1_000;

/** An expected instant that moves by less is no news. */
const etaNewsMs = 2_000;

/** In a long line places are worked out at most so often. */
const longLine = 20;
const longLinePauseMs = 250;

/** After a pause not everybody comes back in the same instant. */
const jitterMsMax = 1_000;

const timerMsMax = 60_000;

/** The queue of one deployment: a lane with the time, the promises and the signals around it. */
export class DeploymentQueue {
	readonly #options: DeploymentQueueOptions;
	readonly #lane: Lane<Entry>;
	#timer: NodeJS.Timeout | undefined;
	#arrivals = 0;
	#toldAtMs = Number.NEGATIVE_INFINITY;
	#tellAtMs = Number.POSITIVE_INFINITY;
	#retry = { atMs: Number.NEGATIVE_INFINITY, ms: 0 };

	constructor(options: DeploymentQueueOptions) {
		this.#options = options;
		this.#lane = new Lane(options);
	}

	enter(request: QueueRequest): Promise<Slot> {
		const { signal, userId, priority, tokens, expiresAtMs } = request;
		if (signal.aborted) return Promise.reject(signal.reason);
		const nowMs = this.#options.clock.elapsed();
		const onAbort = () => this.#abandon(entry, signal.reason);
		const entry: Entry = {
			...{ request, userId, priority, tokens, expiresAtMs, onAbort, told: null },
			...{ seq: ++this.#arrivals, enteredAtMs: nowMs, ...Promise.withResolvers<Slot>() },
		};
		// Before the lane decides, so that whatever it decides takes the listener away again.
		const decisions = this.#lane.enter(entry, request.limits, nowMs);
		if (!decisions.some(({ item }) => item === entry))
			signal.addEventListener("abort", onAbort, { once: true });
		this.#settle(decisions, nowMs);
		return entry.promise;
	}

	toOccupancy() {
		const lane = this.#lane;
		const waiting = {
			people: lane.count("people"),
			api: lane.count("api"),
			background: lane.count("background"),
		};
		return { active: lane.active, waiting, pausedMs: lane.toPausedMs(this.#options.clock.elapsed()) };
	}

	/** Drops what is too old to count. Returns whether forgetting the whole queue would change nothing. */
	forget(): boolean {
		return this.#lane.forget(this.#options.clock.elapsed());
	}

	close(): void {
		for (const entry of Array.from(this.#lane.items()))
			this.#abandon(entry, new AppError("draining", "The server is stopping."));
		clearTimeout(this.#timer);
	}

	#abandon(entry: Entry, reason: unknown): void {
		entry.request.signal.removeEventListener("abort", entry.onAbort);
		if (!this.#lane.leaveLine(entry)) return;
		entry.reject(reason);
		this.#advance();
	}

	#advance(): void {
		const nowMs = this.#options.clock.elapsed();
		this.#settle(this.#lane.advance(nowMs), nowMs);
	}

	#settle(decisions: readonly Decision<Entry>[], nowMs: number): void {
		for (const { item, verdict, mark } of decisions) {
			item.request.signal.removeEventListener("abort", item.onAbort);
			if (verdict === "admitted") item.resolve(this.#toSlot(item, mark, nowMs));
			else if (verdict === "expired")
				item.reject(new AppError("expired_in_queue", `No turn at ${item.request.deployment} came in time.`));
			else item.reject(this.#toOverload(item, verdict === "hopeless", nowMs));
		}
		this.#tell(nowMs);
		this.#arm(nowMs);
	}

	#toSlot(item: Entry, mark: number, nowMs: number): Slot {
		let isLeft = false;
		const noteHeaders: Slot["noteHeaders"] = (headers) => {
			const news = readRateNews(headers, this.#options.clock.now());
			if (!news) return;
			const jitterMs = this.#options.random() * Math.min(jitterMsMax, (news.waitMs ?? 0) * 0.1);
			const waitMs = news.waitMs === null ? null : news.waitMs + jitterMs;
			this.#lane.learn({ ...news, waitMs }, this.#options.clock.elapsed());
			this.#advance();
		};
		return {
			waitedMs: nowMs - item.enteredAtMs,
			noteHeaders,
			release: ({ tokens, headers } = {}) => {
				if (isLeft) return;
				isLeft = true;
				this.#lane.release(item, { mark, tokens, heldMs: this.#options.clock.elapsed() - nowMs });
				if (headers) noteHeaders(headers);
				this.#advance();
			},
		};
	}

	#toOverload(item: Entry, isPaused: boolean, nowMs: number): AppError {
		const retryAfterMs = Math.ceil(isPaused ? this.#lane.toPausedMs(nowMs) : this.#toRetryMs(nowMs));
		const message = isPaused
			? `The provider of ${item.request.deployment} wants to be left alone for longer than there is time.`
			: `Too many wait for ${item.request.deployment}.`;
		return new AppError("overloaded", message, { details: { retryAfterMs } });
	}

	/** The line's own length in time, between one second and a minute; worked out once for all that come at once. */
	#toRetryMs(nowMs: number): number {
		if (nowMs - this.#retry.atMs > longLinePauseMs) {
			const etaMs = this.#lane.toProspects(nowMs).at(-1)?.etaMs ?? 5_000;
			this.#retry = { atMs: nowMs, ms: Math.min(60_000, Math.max(1_000, etaMs)) };
		}
		return this.#retry.ms;
	}

	/** Tells everybody whose place or expected instant is new. */
	#tell(nowMs: number): void {
		this.#tellAtMs = Number.POSITIVE_INFINITY;
		if (this.#lane.waiting === 0) return;
		const dueAtMs = this.#toldAtMs + (this.#lane.waiting > longLine ? longLinePauseMs : 0);
		if (nowMs < dueAtMs) {
			this.#tellAtMs = dueAtMs;
			return;
		}
		this.#toldAtMs = nowMs;
		for (const { item, position, etaMs } of this.#lane.toProspects(nowMs)) {
			const { told } = item;
			if (told && !isNews(told, { position, etaMs, atMs: nowMs })) continue;
			const quietUntilMs = told ? told.atMs + toldEveryMs : nowMs;
			if (quietUntilMs > nowMs) this.#tellAtMs = Math.min(this.#tellAtMs, quietUntilMs);
			else this.#tellOne(item, { position, etaMs, atMs: nowMs });
		}
	}

	#tellOne(item: Entry, { atMs, ...move }: NonNullable<Entry["told"]>): void {
		item.told = { ...move, atMs };
		try {
			item.request.onMove?.(move);
		} catch (error) {
			this.#abandon(item, error);
		}
	}

	#arm(nowMs: number): void {
		clearTimeout(this.#timer);
		const atMs = Math.min(this.#lane.nextAtMs(nowMs) ?? Infinity, this.#tellAtMs);
		if (this.#lane.waiting === 0 || atMs === Infinity) return;
		const waitMs = Math.min(timerMsMax, Math.max(1, Math.ceil(atMs - nowMs)));
		this.#timer = setTimeout(() => this.#advance(), waitMs);
	}
}

function isNews(told: NonNullable<Entry["told"]>, now: NonNullable<Entry["told"]>): boolean {
	if (told.position !== now.position || (told.etaMs === null) !== (now.etaMs === null)) return true;
	return (
		Math.abs(told.atMs + (told.etaMs ?? 0) - now.atMs - (now.etaMs ?? 0)) > etaNewsMs && told.etaMs !== null
	);
}
