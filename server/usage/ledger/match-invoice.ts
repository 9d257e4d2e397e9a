import { AppError } from "../../contract/errors.ts";
import { toCallName } from "../../contract/turn.ts";
import type { CallPlace } from "./call-pages.ts";
import { type Correction, toCredit } from "./corrections.ts";
import type { InvoiceRow } from "./parse-invoice.ts";

export interface MatchInput {
	readonly rows: readonly InvoiceRow[];
	/** Whether the invoice covers the whole range: a call that it does not name then costs nothing. */
	readonly isComplete: boolean;
	/** Whether rows that name no call (such as those of another program with the same key) are ignored. */
	readonly skipsUnknown: boolean;
}

/** A call of the range, with the sums of its lines. */
export interface CallRow extends CallPlace {
	/** Null for a call that the server made for itself. */
	turnId: string | null;
	attempt: number;
	userId: string;
	modelId: string;
	priceId: string | null;
	providerRequestId: string | null;
	usageSource: string;
	bookedNanoUsd: string;
	/** By the person, less earlier credits; 0 when the account is deleted. */
	paidNanoUsd: string;
	/** An invoice that names it was posted before. */
	isSettled: boolean;
}

/** A call with what its provider charges for it. */
export interface SettledCall extends Correction {
	readonly usageSource: string;
	readonly bookedNanoUsd: bigint;
	readonly invoicedNanoUsd: bigint;
	readonly isSettled: boolean;
}

const issuesMax = 20;

/** Finds each call's row. `end` returns how many rows name no call. @throws AppError `invalid_request` */
export function createMatcher({ rows, isComplete, skipsUnknown }: MatchInput) {
	const byRequest = new Map(rows.map((row) => [row.requestId ?? "", row]));
	const byName = new Map(rows.map((row) => [row.clientRequestId ?? "", row]));
	const taken = new Map<InvoiceRow, CallRow>();
	const issues: string[] = [];
	return {
		take(call: CallRow): SettledCall[] {
			const row = byRequest.get(call.providerRequestId ?? "\0") ?? byName.get(toName(call));
			if (!row) return isComplete ? [toSettled(call, 0n)] : [];
			const twin = taken.get(row);
			if (twin)
				issues.push(
					`row ${row.row}: is the name of two calls, ${toName(twin)} and ${toName(call)}: name the provider`,
				);
			taken.set(row, call);
			return [toSettled(call, row.costNanoUsd)];
		},
		end(): number {
			const unknown = rows.filter((row) => !taken.has(row));
			if (!skipsUnknown)
				issues.push(
					...unknown.map(
						({ row, requestId, clientRequestId }) =>
							`row ${row}: request ${requestId ?? clientRequestId} is no call of the range`,
					),
				);
			if (issues.length > 0) throw toMistake(issues);
			return unknown.length;
		},
	};
}

/** What the call was called towards its provider. */
const toName = ({ id, turnId, attempt }: CallRow): string =>
	turnId === null ? id : toCallName(turnId, attempt);

function toSettled(call: CallRow, invoicedNanoUsd: bigint): SettledCall {
	const bookedNanoUsd = BigInt(call.bookedNanoUsd);
	return {
		id: call.id,
		turnId: call.turnId,
		userId: call.userId,
		modelId: call.modelId,
		priceId: call.priceId,
		usageSource: call.usageSource,
		isSettled: call.isSettled,
		bookedNanoUsd,
		invoicedNanoUsd,
		differenceNanoUsd: invoicedNanoUsd - bookedNanoUsd,
		creditNanoUsd: toCredit(BigInt(call.paidNanoUsd), invoicedNanoUsd),
	};
}

/** Lists the first mistakes, and counts the others. */
export function toMistake(issues: readonly string[]): AppError {
	const first = issues.slice(0, issuesMax);
	const more = issues.length > first.length ? [`and ${issues.length - first.length} more`] : [];
	return new AppError(
		"invalid_request",
		["The invoice cannot be imported:", ...first, ...more].join("\n  "),
		{
			details: { issues: [...first, ...more] },
		},
	);
}
