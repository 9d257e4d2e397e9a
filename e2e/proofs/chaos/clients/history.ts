import type { TurnIds } from "../../../../server/contract/turn.ts";
import type { TerminalStatus } from "../../../../server/contract/turn-status.ts";
import type { TurnReading } from "../../kit/clients/turn-reader.ts";
import type { StagePerson } from "../../kit/stage/accounts.ts";

/** The kinds of requests that people make; `fallback` sends to a model that fails before its first word. */
export const requestKinds = ["send", "edit", "regenerate", "continue", "complete", "fallback"] as const;
export type RequestKind = (typeof requestKinds)[number];

/** The answer to one post of a request, or that there was none. Instants are milliseconds since 1970 throughout. */
export interface Reply {
	readonly askedAtMs: number;
	readonly answeredAtMs: number;
	/** The instance that answered. */
	readonly via: number | null;
	readonly ids: TurnIds | null;
	/** Why there are no ids: a code of Parley's, or `unreachable`, `no-instance`, `starting`, `http STATUS`. */
	readonly code: string | null;
	/** The answer itself, of a `complete` request. */
	readonly completion: { readonly status: TerminalStatus; readonly text: string } | null;
}

/** One request of a person, under one client message id, with all replies. */
export interface ClientRequest {
	readonly kind: RequestKind;
	readonly person: StagePerson;
	readonly clientMessageId: string;
	/** The model that is asked for; null for the default one. */
	readonly model: string | null;
	/** The message; null for a request that adds none. */
	readonly text: string | null;
	/** The provider's whole answer to the message. */
	readonly answer: string;
	/** The request whose message or answer this one edits, regenerates or continues. */
	readonly origin: ClientRequest | null;
	readonly startedAtMs: number;
	readonly replies: Reply[];
	ids: TurnIds | null;
	acknowledgedAtMs: number | null;
}

/**
 * `main` reads to the end. `second` joins meanwhile, `late` after the end, `compacted` after the log has gone. `passing` leaves for
 * good. `beside-owner` and `beside-other` read at the same time, at the instance that runs the turn and at another one.
 */
export type ReaderKind =
	| "main"
	| "second"
	| "late"
	| "compacted"
	| "passing"
	| "beside-owner"
	| "beside-other";

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

/** One item of a batch as its owner reads it in the end. */
export interface BatchItem {
	readonly status: string;
	readonly turnId: string | null;
	readonly text: string | null;
}

/** One batch under one client batch id. */
export interface Batch {
	readonly clientBatchId: string;
	/** The items' messages, in order. */
	readonly texts: readonly string[];
	/** One id for each post that was acknowledged. */
	readonly batchIds: string[];
	/** Why it has no results: a code, or that it did not end in time. */
	problem: string | null;
	items: readonly BatchItem[];
}

/** A process that was killed at an exact moment of a turn. */
export interface CrashPoint {
	/** Between the COMMIT that accepts the message and the call of its model, or while the turn waited in the queue. */
	readonly kind: "before-call" | "in-queue";
	readonly request: ClientRequest;
	/** What the person did about an interrupted turn. */
	readonly retry: ClientRequest | null;
}

/** One fault that was injected. */
export interface Fault {
	readonly kind: "kill" | "freeze" | "drain" | "storage" | "postgres";
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
	readonly requests: ClientRequest[];
	readonly readers: Reader[];
	readonly stops: Stop[];
	readonly batches: Batch[];
	readonly crashPoints: CrashPoint[];
	readonly faults: Fault[];
	/** The instance that accepted each turn whose end its main reader has not seen. */
	readonly live: Map<string, number | null>;
}

export const createHistory = (): History => ({
	requests: [],
	readers: [],
	stops: [],
	batches: [],
	crashPoints: [],
	faults: [],
	live: new Map(),
});

/** The turns that an instance accepted and that still run, as far as their readers know. */
export function liveOn(history: History, instance: number): string[] {
	return Array.from(history.live).flatMap(([turnId, owner]) => (owner === instance ? [turnId] : []));
}
