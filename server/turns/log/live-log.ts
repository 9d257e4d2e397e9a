import type { TurnId, UserId } from "../../contract/ids.ts";
import type { LoggedEvent, TurnEvent } from "../../contract/turn.ts";
import { toSafeLength } from "./grapheme.ts";

/** Characters of logged events that one live turn keeps in memory; readers who are further back read the table. */
const keptCharactersMax = 128 * 1024;

/** The growing end of one turn's log in the process that writes it: what waits to be stored, and what was just stored. */
export class LiveLog {
	readonly turnId: TurnId;
	readonly userId: UserId;
	readonly epoch: number;
	/** Set when the log refused an append: another owner has the turn, or the database was away for too long. */
	lostBecause: Error | null = null;
	/** True while a batch of this turn is on its way to the table. */
	isStoring = false;
	/** True until the model said something: its first content is stored at once. */
	hasNoContent = true;
	#pending: TurnEvent[] = [];
	#pendingCharacters = 0;
	#kept: LoggedEvent[] = [];
	#keptCharacters = 0;
	#storedSeq: number;
	#wakers: (() => void)[] = [];

	/** @param turn its `logged` events are in the table, seq 1 and on. */
	constructor(turn: {
		readonly turnId: TurnId;
		readonly userId: UserId;
		readonly epoch: number;
		readonly logged: readonly LoggedEvent[];
	}) {
		this.turnId = turn.turnId;
		this.userId = turn.userId;
		this.epoch = turn.epoch;
		this.#kept = [...turn.logged];
		this.#storedSeq = turn.logged.at(-1)?.seq ?? 0;
	}

	get storedSeq(): number {
		return this.#storedSeq;
	}

	get isAllStored(): boolean {
		return this.#pending.length === 0 && !this.isStoring;
	}

	get pendingCharacters(): number {
		return this.#pendingCharacters;
	}

	/** Adds an event to the pending batch; text that follows text joins it. */
	push(event: TurnEvent): void {
		const last = this.#pending.at(-1);
		if ((event.type === "text-delta" || event.type === "reasoning-delta") && last?.type === event.type)
			this.#pending[this.#pending.length - 1] = { ...event, text: last.text + event.text };
		else this.#pending.push(event);
		if ("text" in event) {
			this.hasNoContent = false;
			this.#pendingCharacters += event.text.length;
		}
	}

	/** The batch to store now, without a trailing character that may still grow; `isLast` takes everything. */
	take(isLast: boolean): TurnEvent[] {
		const batch = this.#pending;
		const last = batch.at(-1);
		this.#pending = [];
		this.#pendingCharacters = 0;
		if (isLast || last?.type !== "text-delta") return batch;
		const safe = toSafeLength(last.text);
		if (safe === last.text.length) return batch;
		this.#pending.push({ ...last, text: last.text.slice(safe) });
		if (safe === 0) return batch.slice(0, -1);
		return [...batch.slice(0, -1), { ...last, text: last.text.slice(0, safe) }];
	}

	/** The batch is in the table: readers may see it. */
	markStored(batch: readonly TurnEvent[]): void {
		for (const event of batch) {
			this.#kept.push({ epoch: this.epoch, seq: ++this.#storedSeq, event });
			if ("text" in event) this.#keptCharacters += event.text.length;
		}
		if (this.#keptCharacters > keptCharactersMax) {
			this.#kept = this.#kept.slice(-Math.ceil(this.#kept.length / 2));
			this.#keptCharacters = this.#kept.reduce(
				(sum, { event }) => sum + ("text" in event ? event.text.length : 0),
				0,
			);
		}
		this.wake();
	}

	/** This process may write no more: readers go on from the table. */
	markLost(reason: Error): void {
		this.lostBecause ??= reason;
		this.wake();
	}

	/** Stored events after `seq`, or null when memory does not reach back that far. */
	since(seq: number): LoggedEvent[] | null {
		const oldest = this.#kept[0]?.seq ?? this.#storedSeq + 1;
		return seq < oldest - 1 ? null : this.#kept.slice(seq - oldest + 1);
	}

	/** Resolves at the next wake: something was stored, the turn closed, or readers have to check their session. */
	waitForMore(): Promise<void> {
		return new Promise((resolve) => this.#wakers.push(resolve));
	}

	wake(): void {
		const wakers = this.#wakers;
		this.#wakers = [];
		for (const wake of wakers) wake();
	}
}
