import type { TurnEvent, TurnIds } from "../../../server/contract/turn.ts";

/** One answer, or none, to one post of a message. Instants are milliseconds since 1970 throughout. */
export interface Reply {
	readonly askedAtMs: number;
	readonly answeredAtMs: number;
	/** The instance that answered. */
	readonly via: number | null;
	readonly ids: TurnIds | null;
	/** Why there are no ids: a code of Parley's, or `unreachable`, `no-instance`, `starting`, `http STATUS`. */
	readonly code: string | null;
}

/** One message that somebody sent, under one name, with everything that came back. */
export interface Send {
	readonly clientMessageId: string;
	readonly text: string;
	/** What the provider answers: the whole of it, if nothing goes wrong. */
	readonly answer: string;
	readonly startedAtMs: number;
	readonly replies: Reply[];
	ids: TurnIds | null;
	acknowledgedAtMs: number | null;
}

export interface SeenEvent {
	readonly epoch: number;
	readonly seq: number;
	readonly event: TurnEvent;
	readonly atMs: number;
}

export interface Connection {
	readonly openedAtMs: number;
	firstByteAtMs: number | null;
	via: number | null;
	/** What `readStream` said, or the code of the error that the stream ended with. */
	ending: string;
}

/** `main` stays to the end; `restless` goes and comes back; `second` and `late` come to others; `passing` never ends. */
export type ReaderKind = "main" | "second" | "late" | "passing" | "beside-owner" | "beside-other";

/** What one reader was shown of one turn, across all its connections. */
export interface Reader {
	readonly kind: ReaderKind;
	readonly turnId: string;
	readonly events: SeenEvent[];
	readonly connections: Connection[];
	/** Events that came again, and differed from what the same place held before. */
	readonly contradictions: string[];
	/** Why it stopped without having seen the turn's end; null for one that saw it or left by itself. */
	gaveUpBecause: string | null;
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

/** One thing that was done to the servers. */
export interface Fault {
	readonly kind: "kill" | "freeze" | "drain" | "storage";
	readonly what: string;
	/** Null when it met all of them. */
	readonly instance: number | null;
	readonly fromMs: number;
	/** When the cause was gone; null while it lasts. */
	toMs: number | null;
	/** Milliseconds from there until every instance served again. */
	recoveryMs: number | null;
	/** The turns that were live on the instance when it began. */
	readonly turnIds: readonly string[];
	/** What was wrong with how it went: an exit code, a reset connection. */
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
	...{ sends: [], readers: [], stops: [], faults: [] },
	live: new Map(),
});

/** The turns that an instance accepted and that still run, as far as their readers know. */
export function liveOn(history: History, instance: number): string[] {
	return Array.from(history.live).flatMap(([turnId, owner]) => (owner === instance ? [turnId] : []));
}
