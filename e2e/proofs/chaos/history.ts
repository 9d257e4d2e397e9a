import type { TurnIds } from "../../../server/contract/turn.ts";
import type { TurnReading } from "../kit/clients/turn-reader.ts";

/** The answer to one post of a message, or that there was none. Instants are milliseconds since 1970 throughout. */
export interface Reply {
	readonly askedAtMs: number;
	readonly answeredAtMs: number;
	/** The instance that answered. */
	readonly via: number | null;
	readonly ids: TurnIds | null;
	/** Why there are no ids: a code of Parley's, or `unreachable`, `no-instance`, `starting`, `http STATUS`. */
	readonly code: string | null;
}

/** One message of a person, under one client message id, with all replies. */
export interface Send {
	readonly clientMessageId: string;
	readonly text: string;
	/** The provider's whole answer. */
	readonly answer: string;
	readonly startedAtMs: number;
	readonly replies: Reply[];
	ids: TurnIds | null;
	acknowledgedAtMs: number | null;
}

/**
 * `main` reads to the end. `second` joins meanwhile, `late` after the end. `passing` leaves for good. `beside-owner` and
 * `beside-other` read at the same time, at the instance that runs the turn and at another one.
 */
export type ReaderKind = "main" | "second" | "late" | "passing" | "beside-owner" | "beside-other";

/** What one reader was shown of one turn. */
export interface Reader extends TurnReading {
	readonly kind: ReaderKind;
}

export interface Stop {
	readonly turnId: string;
	readonly owner: number | null;
	readonly via: number | null;
	readonly calledAtMs: number;
	readonly answeredAtMs: number;
	/** `requested`, `confirmed`, or the code of the failure. */
	readonly outcome: string;
}

/** One fault that was injected. */
export interface Fault {
	readonly kind: "kill" | "freeze" | "drain" | "storage";
	readonly what: string;
	/** Null when it affected all of them. */
	readonly instance: number | null;
	readonly fromMs: number;
	/** When the cause was removed; null while it lasts. */
	toMs: number | null;
	/** Milliseconds from then until every affected instance served again. */
	recoveryMs: number | null;
	/** The turns that were live on the instance when it began. */
	readonly turnIds: readonly string[];
	/** What went wrong: an exit code, a reset connection. */
	readonly complaints: string[];
}

/** Everything that the clients of one run did and saw. */
export interface History {
	readonly sends: Send[];
	readonly readers: Reader[];
	readonly stops: Stop[];
	readonly faults: Fault[];
	/** The instance that accepted each turn whose end its main reader has not seen. */
	readonly live: Map<string, number | null>;
}

export const createHistory = (): History => ({
	sends: [],
	readers: [],
	stops: [],
	faults: [],
	live: new Map(),
});

/** The turns that an instance accepted and that still run, as far as their readers know. */
export function liveOn(history: History, instance: number): string[] {
	return Array.from(history.live).flatMap(([turnId, owner]) => (owner === instance ? [turnId] : []));
}
