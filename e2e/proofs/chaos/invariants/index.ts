import type { Finding } from "../../kit/finding.ts";
import { checkLedgerSum } from "../../kit/money/estimates.ts";
import { checkCallLines, checkOwnCalls, checkStrayLines } from "../../kit/money/line-checks.ts";
import { checkMoney } from "../../kit/money/money-checks.ts";
import type { Fault } from "../clients/history.ts";
import type { Evidence } from "../evidence.ts";
import { crashPointInvariants } from "./crash-points.ts";
import { kindInvariants } from "./kinds.ts";
import { messageInvariants } from "./messages.ts";
import { faultInvariants, processInvariants } from "./processes.ts";
import { streamInvariants } from "./streams.ts";

/**
 * Judges a run by every promise that applies to it; each reads the evidence and nothing else.
 * @param planned the kinds of faults that were to be injected: what a plan contains must have been checked
 */
export function judge(evidence: Evidence, planned: readonly Fault["kind"][]): Finding[] {
	const kinds = [...new Set(planned)];
	return [
		...[...messageInvariants, ...streamInvariants, ...kindInvariants, ...processInvariants].map((check) =>
			check(evidence),
		),
		...kinds.map((kind) => faultInvariants[kind](evidence)),
		...(kinds.includes("kill") ? crashPointInvariants.map((check) => check(evidence)) : []),
		...judgeMoney(evidence),
	];
}

/** A frozen process keeps its calls open, which the provider charges to their end and no reader gets. */
const ledgerBound = { percent: 25 };

function judgeMoney({ money }: Evidence): Finding[] {
	return [
		...checkMoney(money, "money"),
		checkCallLines(money, "money"),
		checkStrayLines(money, "money"),
		checkOwnCalls(money, "money"),
		checkLedgerSum(money, "money", ledgerBound),
	];
}
