import type { ErrorCode } from "../../../../server/contract/errors.ts";
import type { TerminalStatus } from "../../../../server/contract/turn-status.ts";
import { splitPieces } from "../../../../server/simulator/answers/split-pieces.ts";

/** A number, or both bounds of one where chance decides. */
export type Count = number | readonly [min: number, max: number];

/**
 * The text of the answer in the end. `whole`: all of the model's answer; `part`: a beginning of it; a number: exactly so many
 * of its tokens; `none`; `peer`: the answer of the stand-in model; `continued`: a beginning, then the answer of the stand-in;
 * `characters`: at least so many.
 */
export type ExpectedText =
	| "whole"
	| "part"
	| "none"
	| "peer"
	| "continued"
	| number
	| { readonly characters: number };

/**
 * Who pays what, by docs/charges.md.
 *
 * - `invoice`: the person, exactly what the provider invoices for the calls that brought text
 * - `delivered`: the person, an estimate of the input and of what was delivered
 * - `parts`: the person, an estimate of the part and what the provider invoices for its continuation by another model
 * - `held`: the person what was reserved, the server the rest
 * - `nothing`: no charge, and nothing is invoiced
 * - `house`: the server, what is invoiced for answers without text
 * - `silence`: the person what is invoiced; the server an estimate of the input of every call that timed out
 */
export type ChargeRule = "invoice" | "delivered" | "parts" | "held" | "nothing" | "house" | "silence";

export interface Expected {
	readonly status: TerminalStatus;
	readonly code?: ErrorCode;
	readonly text: ExpectedText;
	readonly charge: ChargeRule;
	/** Requests that the provider saw for the row's model, for its stand-in, and for the one after that. */
	readonly calls: Count;
	readonly peerCalls?: Count;
	readonly twinCalls?: Count;
	/** From the message to content or words. */
	readonly firstMs?: readonly [min: number, max: number];
	/** From the message to the turn's end. */
	readonly totalMs?: readonly [min: number, max: number];
	/** Between the first request and the second: the provider's wait was honoured. */
	readonly waitMs?: number;
}

/** One provider fault, and how a message that meets it must end. */
export interface Row {
	readonly name: string;
	/** The simulator's options: `fault=429,times=1`. Null: nothing listens at this provider's address. */
	readonly sim: string | null;
	/** Models that may answer in its place. `peer` is healthy and reads as much, `wide` reads more, `twin` meets the same fault. */
	readonly fallbacks: readonly ("peer" | "wide" | "twin")[];
	/** Messages sent one after another; 1 unless chance decides what each meets. */
	readonly turns: number;
	/** Waits for a deadline of 15 s or more: left out of the short form. */
	readonly isSlow: boolean;
	/** Keeps a core busy: tried when the other quick ones are done, so that their times are their own. */
	readonly isHeavy: boolean;
	readonly expected: Expected;
}

type RowInput = Pick<Row, "name" | "sim"> & Partial<Row> & { readonly expected: Expected };

export const row = (input: RowInput): Row => ({
	fallbacks: [],
	turns: 1,
	isSlow: false,
	isHeavy: false,
	...input,
});

/** Parley's promise: content, or a message that says why there is none. */
export const firstMsMax = 46_000;

/** The whole answer of the stand-in model. */
export const peerText = "word ".repeat(12);

/** The message of a row, which the model repeats; it contains characters of several bytes and code points. */
export function toMessage({ name }: Pick<Row, "name">): string {
	const words = Array.from({ length: 70 }, (_, index) => (index % 9 === 8 ? "👩‍👩‍👧é漢" : `w${index + 1}`));
	return `${name}: ${words.join(" ")}`;
}

/** The first tokens of an answer as the simulator cuts it. */
export const toBeginning = (answer: string, tokens: number): string =>
	splitPieces(answer).slice(0, tokens).join("");

export const isWithin = (count: number, bounds: Count): boolean =>
	typeof bounds === "number" ? count === bounds : count >= bounds[0] && count <= bounds[1];
