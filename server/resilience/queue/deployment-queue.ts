import { AppError } from "../../contract/errors.ts";
import type { Priority } from "../../contract/kinds.ts";
import type { Clock } from "../../kernel/clock.ts";
import { AdmissionControl, type Decision, type WaitingCall } from "./admission.ts";
import type { Limits } from "./rate-window.ts";
import { readReportedLimits } from "./reported-limits.ts";

/** A place in the queue, from 1, and the milliseconds until admission, null while they cannot be computed. */
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
	/** Input and output together, as far as known before the call. */
	readonly tokens: number;
	/** On the clock's `elapsed()`: from this instant on the call is of no use and is not sent. */
	readonly expiresAtMs: number;
	readonly signal: AbortSignal;
	/** Called when the request is queued and when its place or expected wait changes, at most once a second. */
	readonly onMove?: (move: QueueMove) => void;
}

/** The permission to send one call. Release it however the call ends. */
export interface Slot {
	readonly waitedMs: number;
	/** Takes a response's headers (names in lower case); call it as soon as they arrive. */
	noteHeaders(headers: Readonly<Record<string, string>>): void;
	/** Only the first call counts. `tokens`: what the call really took. */
	release(outcome?: {
		readonly tokens?: number;
		readonly headers?: Readonly<Record<string, string>> | undefined;
	}): void;
}

export interface DeploymentQueueOptions {
	readonly clock: Clock;
	readonly instances: number;
	readonly random: () => number;
	readonly waitingMax: number;
}

interface Entry extends WaitingCall, PromiseWithResolvers<Slot> {
	readonly request: QueueRequest;
	readonly enteredAtMs: number;
	readonly onAbort: () => void;
	/** The last move that `onMove` received, and when. */
	notified: (QueueMove & { readonly atMs: number }) | null;
}

const notifyEveryMs = 1_000;

/** A smaller change of the expected admission is not passed on. */
const etaChangeMs = 2_000;

/** In a longer queue the places are computed less often. */
const longQueue = 20;
const longQueuePauseMs = 250;

/** The most that is added to a provider's pause, so that waiting calls are not all sent at the same instant. */
const jitterMsMax = 1_000;

const timerMsMax = 60_000;

/** The queue of one deployment: admission control with its timers, promises and signals. */
export class DeploymentQueue {
	readonly #options: DeploymentQueueOptions;
	readonly #admission: AdmissionControl<Entry>;
	#timer: NodeJS.Timeout | undefined;
	#arrivals = 0;
	#notifiedAtMs = Number.NEGATIVE_INFINITY;
	#notifyAtMs = Number.POSITIVE_INFINITY;
	#retry = { atMs: Number.NEGATIVE_INFINITY, ms: 0 };

	constructor(options: DeploymentQueueOptions) {
		this.#options = options;
		this.#admission = new AdmissionControl(options);
	}

	enter(request: QueueRequest): Promise<Slot> {
		const { signal, userId, priority, tokens, expiresAtMs } = request;
		if (signal.aborted) return Promise.reject(signal.reason);
		const nowMs = this.#options.clock.elapsed();
		const onAbort = () => this.#abandon(entry, signal.reason);
		const entry: Entry = {
			request,
			userId,
			priority,
			tokens,
			expiresAtMs,
			onAbort,
			notified: null,
			seq: ++this.#arrivals,
			enteredAtMs: nowMs,
			...Promise.withResolvers<Slot>(),
		};
		// The listener is added before the decisions are settled, because settling removes it again.
		const decisions = this.#admission.enter(entry, request.limits, nowMs);
		if (!decisions.some(({ item }) => item === entry))
			signal.addEventListener("abort", onAbort, { once: true });
		this.#settle(decisions, nowMs);
		return entry.promise;
	}

	/** Drops what is too old to count. Returns whether the whole queue could be dropped without effect. */
	dropOld(): boolean {
		return this.#admission.dropOld(this.#options.clock.elapsed());
	}

	close(): void {
		for (const entry of Array.from(this.#admission.items()))
			this.#abandon(entry, new AppError("draining", "The server is stopping."));
		clearTimeout(this.#timer);
	}

	#abandon(entry: Entry, reason: unknown): void {
		entry.request.signal.removeEventListener("abort", entry.onAbort);
		if (!this.#admission.remove(entry)) return;
		entry.reject(reason);
		this.#advance();
	}

	#advance(): void {
		const nowMs = this.#options.clock.elapsed();
		this.#settle(this.#admission.advance(nowMs), nowMs);
	}

	#settle(decisions: readonly Decision<Entry>[], nowMs: number): void {
		for (const { item, verdict, entryId } of decisions) {
			item.request.signal.removeEventListener("abort", item.onAbort);
			if (verdict === "admitted") item.resolve(this.#createSlot(item, entryId, nowMs));
			else if (verdict === "expired") item.reject(toExpired(item));
			else item.reject(this.#toOverloaded(item, verdict === "paused", nowMs));
		}
		this.#notify(nowMs);
		this.#schedule(nowMs);
	}

	#createSlot(item: Entry, entryId: number, nowMs: number): Slot {
		let isReleased = false;
		const noteHeaders: Slot["noteHeaders"] = (headers) => {
			const reported = readReportedLimits(headers, this.#options.clock.now());
			if (!reported) return;
			const jitterMs = this.#options.random() * Math.min(jitterMsMax, (reported.waitMs ?? 0) * 0.1);
			const waitMs = reported.waitMs === null ? null : reported.waitMs + jitterMs;
			this.#admission.noteLimits({ ...reported, waitMs }, this.#options.clock.elapsed());
			this.#advance();
		};
		return {
			waitedMs: nowMs - item.enteredAtMs,
			noteHeaders,
			release: ({ tokens, headers } = {}) => {
				if (isReleased) return;
				isReleased = true;
				const heldMs = this.#options.clock.elapsed() - nowMs;
				this.#admission.release(item, { entryId, tokens, heldMs });
				if (headers) noteHeaders(headers);
				this.#advance();
			},
		};
	}

	#toOverloaded({ request }: Entry, isPaused: boolean, nowMs: number): AppError {
		const retryAfterMs = Math.ceil(isPaused ? this.#admission.toPausedMs(nowMs) : this.#toRetryMs(nowMs));
		const message = isPaused
			? `The provider of ${request.deployment} asked to wait for longer than this call may wait.`
			: `Too many calls wait for ${request.deployment}.`;
		return new AppError("overloaded", message, { details: { retryAfterMs } });
	}

	/** The wait of the last queued call, between one second and a minute; computed once for calls that arrive together. */
	#toRetryMs(nowMs: number): number {
		if (nowMs - this.#retry.atMs > longQueuePauseMs) {
			const etaMs = this.#admission.forecast(nowMs).at(-1)?.etaMs ?? 5_000;
			this.#retry = { atMs: nowMs, ms: Math.min(60_000, Math.max(1_000, etaMs)) };
		}
		return this.#retry.ms;
	}

	/** Calls `onMove` of every request whose place or expected wait has changed. */
	#notify(nowMs: number): void {
		this.#notifyAtMs = Number.POSITIVE_INFINITY;
		if (this.#admission.waiting === 0) return;
		const dueAtMs = this.#notifiedAtMs + (this.#admission.waiting > longQueue ? longQueuePauseMs : 0);
		if (nowMs < dueAtMs) {
			this.#notifyAtMs = dueAtMs;
			return;
		}
		this.#notifiedAtMs = nowMs;
		for (const { item, position, etaMs } of this.#admission.forecast(nowMs)) {
			const { notified } = item;
			if (notified && !isChanged(notified, { position, etaMs, atMs: nowMs })) continue;
			const quietUntilMs = notified ? notified.atMs + notifyEveryMs : nowMs;
			if (quietUntilMs > nowMs) this.#notifyAtMs = Math.min(this.#notifyAtMs, quietUntilMs);
			else this.#notifyOne(item, { position, etaMs, atMs: nowMs });
		}
	}

	#notifyOne(item: Entry, { atMs, ...move }: NonNullable<Entry["notified"]>): void {
		item.notified = { ...move, atMs };
		try {
			item.request.onMove?.(move);
		} catch (error) {
			this.#abandon(item, error);
		}
	}

	#schedule(nowMs: number): void {
		clearTimeout(this.#timer);
		const atMs = Math.min(this.#admission.nextAtMs(nowMs) ?? Infinity, this.#notifyAtMs);
		if (this.#admission.waiting === 0 || atMs === Infinity) return;
		const waitMs = Math.min(timerMsMax, Math.max(1, Math.ceil(atMs - nowMs)));
		this.#timer = setTimeout(() => this.#advance(), waitMs);
	}
}

const toExpired = ({ request }: Entry): AppError =>
	new AppError("expired_in_queue", `The limits of ${request.deployment} left no room for this call in time.`);

function isChanged(before: NonNullable<Entry["notified"]>, now: NonNullable<Entry["notified"]>): boolean {
	if (before.position !== now.position || (before.etaMs === null) !== (now.etaMs === null)) return true;
	if (before.etaMs === null || now.etaMs === null) return false;
	return Math.abs(before.atMs + before.etaMs - now.atMs - now.etaMs) > etaChangeMs;
}
