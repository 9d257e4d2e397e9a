/** For tests: changes to the sample evidence that break one promise each. */
import { expect, it } from "vitest";
import type { TurnEvent } from "../../../../server/contract/turn.ts";
import { type Finding, toBroken } from "../../kit/finding.ts";
import type { Batch, ClientRequest, Reader } from "../clients/history.ts";
import type { Evidence, TurnRow } from "../evidence.ts";
import { batch, good, sent, toLog } from "./sample-evidence.ts";

/** A promise, what breaks it, and words of the complaint. */
export type Sabotage = readonly [promise: string, changed: Partial<Evidence>, complaint: string];

/** Tests that the promises hold of the sample, that each sabotage breaks its promise, and that every promise has a sabotage. */
export function testSabotages(
	invariants: readonly ((evidence: Evidence) => Finding)[],
	sabotages: readonly Sabotage[],
): void {
	const judge = (evidence: Evidence) => invariants.map((check) => check(evidence));

	it("find nothing in a run that kept every promise, and examine something for each", () => {
		expect(judge(good).flatMap(({ violations }) => violations)).toEqual([]);
		expect(judge(good).filter(({ checked }) => checked === 0)).toEqual([]);
	});

	it.each(sabotages)("find a broken promise: %s (%#)", (promise, changed, complaint) => {
		const findings = judge({ ...good, ...changed });
		expect(toBroken(findings)).toContain(promise);
		const violations = findings.flatMap((finding) => (finding.promise === promise ? finding.violations : []));
		expect(violations.join("\n")).toContain(complaint);
	});

	it("have a sabotage for every promise", () => {
		const sabotaged = new Set(sabotages.map(([promise]) => promise));
		const promises = judge(good).map(({ promise }) => promise);
		expect(promises.filter((promise) => !sabotaged.has(promise))).toEqual([]);
		expect([...sabotaged].filter((promise) => !promises.includes(promise))).toEqual([]);
	});
}

const { history } = good;
export const withHistory = (changed: Partial<Evidence["history"]>): Partial<Evidence> => ({
	history: { ...history, ...changed },
});
/** Changes what belongs to the plain message. */
export const withRequest = (changed: Partial<ClientRequest>) =>
	withHistory({
		requests: history.requests.map((one) => (one === sent.request ? { ...one, ...changed } : one)),
	});
export const withReader = (changed: Partial<Reader>) =>
	withHistory({
		readers: history.readers.map((one) => (one === sent.reader ? { ...one, ...changed } : one)),
	});
export const withTurn = (changed: Partial<TurnRow>): Partial<Evidence> => ({
	turns: good.turns.map((one) => (one === sent.turn ? { ...one, ...changed } : one)),
});
export const withLog = (events: readonly TurnEvent[], more: Partial<Evidence> = {}): Partial<Evidence> => ({
	logs: new Map(good.logs).set(sent.turn.turnId, toLog(events)),
	history: { ...history, readers: [] },
	...more,
});
export const withMessage = (id: string, text: string | null): Partial<Evidence> => {
	const messages = new Map(good.messages);
	if (text === null) messages.delete(id);
	else messages.set(id, { text, parentId: null });
	return { messages };
};
export const withOther = (kind: ClientRequest["kind"], changed: Partial<ClientRequest>) =>
	withHistory({
		requests: history.requests.map((one) => (one.kind === kind ? { ...one, ...changed } : one)),
	});
export const withBatch = (changed: Partial<Batch>) => withHistory({ batches: [{ ...batch, ...changed }] });
