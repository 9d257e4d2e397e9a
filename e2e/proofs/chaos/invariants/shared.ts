import { toEventId } from "../../../../server/contract/event-id.ts";
import type { TurnEvent } from "../../../../server/contract/turn.ts";
import { toShownText } from "../../kit/clients/shown-text.ts";
import type { ClientRequest, Reader } from "../clients/history.ts";
import type { Evidence, Log, TurnRow } from "../evidence.ts";

export const acknowledged = (requests: readonly ClientRequest[]) =>
	requests.filter(({ ids }) => ids !== null);

export const toMap = <Item>(items: readonly Item[], toKey: (item: Item) => string) =>
	new Map(items.map((item) => [toKey(item), item]));

/** The text that events, in order, make a person read. */
export const toText = (events: readonly { readonly event: TurnEvent }[]): string =>
	toShownText(events.map(({ event }) => event));

export const toReaderName = ({ kind, turnId }: Reader): string => `the ${kind} reader of ${turnId}`;

export const toPlace = (logged: { readonly epoch: number; readonly seq: number } | undefined): string =>
	logged ? toEventId(logged) : "nothing";

export const isSame = (one: TurnEvent, other: TurnEvent): boolean =>
	JSON.stringify(one) === JSON.stringify(other);

export const getLog = ({ logs }: Evidence, turnId: string): Log => logs.get(turnId) ?? [];

/** The text of an answer before the turn that continues it; empty for any other turn. */
export function toTextBefore(log: Log): string {
	const first = log.find(({ event }) => event.type === "text-reset" || event.type === "text-delta")?.event;
	return first?.type === "text-reset" ? first.text : "";
}

/** The stored text of a turn's answer. */
export const toStored = ({ messages }: Evidence, turn: TurnRow | undefined): string =>
	messages.get(turn?.assistantMessageId ?? "")?.text ?? "";

/** Where two texts part, in a few words. */
export function differ(text: string, other: string): string {
	const at = countCommon(text, other);
	return `${text.length} characters, not the ${other.length}: at ${at} "${text.slice(at, at + 20)}" for "${other.slice(at, at + 20)}"`;
}

/** Characters that two texts begin with in common. */
export function countCommon(text: string, other: string): number {
	let at = 0;
	while (at < text.length && text[at] === other[at]) at++;
	return at;
}

/** Whether no storage fault was going on, or being recovered from, in the time given. */
export const hadStorage = ({ faults }: Evidence["history"], fromMs: number, toMs: number): boolean =>
	faults.every(
		(fault) =>
			(fault.kind !== "storage" && fault.kind !== "postgres") ||
			toMs < fault.fromMs ||
			fromMs > (fault.toMs ?? Infinity) + (fault.recoveryMs ?? Infinity),
	);
