import { listAudit } from "../../audit/index.ts";
import { createId, type ThreadId, type TurnId, type UserId } from "../../contract/ids.ts";
import type { DatabaseOrTransaction } from "../../db/index.ts";
import {
	isSpendingPaused,
	listPlans,
	listSpendingPauses,
	pauseSpending,
	purgeOldPeriods,
	readLimits,
	toReserveCall,
} from "../../quota/index.ts";
import { toCursor } from "../../threads/cursor.ts";
import { createThreads } from "../../threads/index.ts";
import { compactLogs } from "../../turns/log/compact.ts";
import { renewLeases, sweepOrphan } from "../../turns/sweep.ts";
import {
	importInvoice,
	postAdjustment,
	readPeopleReport,
	readStatement,
	readSummary,
	readTurnReceipt,
	recompute,
	sumUpDays,
} from "../../usage/index.ts";
import { smallQuote } from "../quote.ts";
import type { Growth } from "./fill.ts";

export interface HotStatement {
	readonly name: string;
	/** Rows that it may read, however large the tables are; for an account of usual size, but for those named otherwise. */
	readonly rowsMax: number;
	run(db: DatabaseOrTransaction): Promise<unknown>;
}

/** Tables with a row for every plan, model or pause: reading them from end to end is right. */
export const smallTables = new Set(["plans", "prices", "spending_pauses"]);
/** With a row for every account: the reports of all people read it. */
export const peopleTables = new Set(["users"]);

const toDay = (ago: number) => new Date(Date.now() - ago * 86_400_000).toISOString().slice(0, 10);
const lease = { owner: "gone", ms: 10_000 };

/** What people and servers ask all the time. */
export function toHotStatements(ids: Growth): HotStatement[] {
	return [...toMoneyStatements(ids), ...toQuotaStatements(ids), ...toTurnStatements(ids)];
}

function toMoneyStatements(ids: Growth): HotStatement[] {
	const { usualUserId: usual, heaviestUserId: heaviest } = ids;
	const month = { from: toDay(40), to: toDay(10) };
	const inBerlin = { ...month, timeZone: "Europe/Berlin" };
	const day = { from: toDay(40), to: toDay(39), timeZone: "UTC" };
	const compared = { rows: [], isComplete: true, skipsUnknown: true, isPosted: false, ...day };
	const credit = { userId: usual as UserId, kind: "grant", amountNanoUsd: "-1", reason: "a test" } as const;
	return [
		{ name: "summary of a month", rowsMax: 1_500, run: ({ sql }) => readSummary(sql, usual, month) },
		{ name: "summary in another zone", rowsMax: 1_500, run: ({ sql }) => readSummary(sql, usual, inBerlin) },
		{
			name: "summary of the heaviest",
			rowsMax: 60_000,
			run: ({ sql }) => readSummary(sql, heaviest, inBerlin),
		},
		{ name: "statement of a month", rowsMax: 1_500, run: ({ sql }) => readStatement(sql, usual, month) },
		{
			name: "statement of the heaviest",
			rowsMax: 60_000,
			run: ({ sql }) => readStatement(sql, heaviest, month),
		},
		{ name: "receipt of an answer", rowsMax: 100, run: ({ sql }) => readTurnReceipt(sql, usual, ids.turnId) },
		{ name: "report of all people", rowsMax: 120_000, run: ({ sql }) => readPeopleReport(sql, inBerlin) },
		{ name: "invoice of a day", rowsMax: 60_000, run: (db) => importInvoice(db, compared, null) },
		{
			name: "new prices of a day",
			rowsMax: 60_000,
			run: (db) => recompute(db, { isPosted: false, ...day }, null),
		},
		{
			name: "a line of an administrator",
			rowsMax: 50,
			run: (db) => postAdjustment(db, credit, { by: null, requestKey: null }),
		},
		{ name: "adding up days", rowsMax: 50, run: ({ sql }) => sumUpDays(sql) },
		{ name: "audit log", rowsMax: 200, run: (db) => listAudit(db, { limit: 50 }) },
		{
			name: "audit log, next page",
			rowsMax: 200,
			run: (db) => listAudit(db, { limit: 50, beforeId: ids.turnId }),
		},
	];
}

function toQuotaStatements({ usualUserId: usual }: Growth): HotStatement[] {
	const userId = usual as UserId;
	const quote = { ...smallQuote, siteNanoUsd: 10n ** 12n };
	const reserve = ({ sql }: DatabaseOrTransaction) =>
		sql`select * from ${toReserveCall(sql, { userId, turnId: createId<TurnId>() }, quote)}`;
	const scope = { kind: "model", id: "never-heard-of" } as const;
	return [
		{ name: "limits", rowsMax: 50, run: ({ sql }) => readLimits(sql, usual) },
		{ name: "reservation", rowsMax: 100, run: reserve },
		{ name: "plans", rowsMax: 20_000, run: (db) => listPlans(db) },
		{
			name: "is spending paused",
			rowsMax: 20,
			run: ({ sql }) => isSpendingPaused(sql, { userId, modelId: "m" }),
		},
		{ name: "pauses", rowsMax: 10, run: (db) => listSpendingPauses(db) },
		{
			name: "a pause of an unknown model",
			rowsMax: 50,
			run: (db) => pauseSpending(db, { scope, by: null, listModelIds: async () => [] }).catch(() => null),
		},
		{
			name: "allowance of a deleted account",
			rowsMax: 50,
			run: ({ sql }) => sql`select keep_allowance(${usual}, 'k')`,
		},
		{ name: "removing old periods", rowsMax: 100, run: ({ sql }) => purgeOldPeriods(sql) },
	];
}

function toTurnStatements({ usualUserId, heaviestUserId, threadId, turnId }: Growth): HotStatement[] {
	const threads = ({ sql, orm }: DatabaseOrTransaction) =>
		createThreads({ sql, orm, publish: () => undefined });
	const heaviest = heaviestUserId as UserId;
	const page = { threadId: threadId as ThreadId, limit: 50 };
	const describe = () => {
		throw new Error("There is no orphan.");
	};
	return [
		{ name: "threads", rowsMax: 200, run: (db) => threads(db).list(heaviest, { limit: 30 }) },
		...toSearches({ usualUserId, heaviestUserId }),
		{ name: "a thread", rowsMax: 500, run: (db) => threads(db).get(usualUserId as UserId, page) },
		{ name: "renewing leases", rowsMax: 20, run: ({ sql }) => renewLeases(sql, [turnId as TurnId], lease) },
		{ name: "looking for orphans", rowsMax: 20, run: (db) => sweepOrphan(db, { lease, describe }) },
		{ name: "dropping logs", rowsMax: 100, run: ({ sql }) => compactLogs(sql, 400 * 86_400_000) },
	];
}

/** The newest messages are read whatever is asked, and from the index no more than is ranked. */
function toSearches({
	usualUserId,
	heaviestUserId,
}: Pick<Growth, "usualUserId" | "heaviestUserId">): HotStatement[] {
	const search =
		(userId: string, query: string, cursor?: string) =>
		({ sql, orm }: DatabaseOrTransaction) =>
			createThreads({ sql, orm, publish: () => undefined }).search(userId as UserId, {
				query,
				limit: 20,
				cursor,
			});
	const later = toCursor([100]);
	return [
		{ name: "search: a usual person's word", rowsMax: 5_000, run: search(usualUserId, "word123") },
		{ name: "search: a word of everybody's", rowsMax: 5_000, run: search(usualUserId, "common") },
		{ name: "search: the heaviest, everywhere", rowsMax: 15_000, run: search(heaviestUserId, "common ends") },
		{ name: "search: the heaviest, one letter", rowsMax: 15_000, run: search(heaviestUserId, "w") },
		{ name: "search: the heaviest, a rare word", rowsMax: 15_000, run: search(heaviestUserId, "word1234") },
		{ name: "search: the heaviest, no such", rowsMax: 15_000, run: search(heaviestUserId, "word12 nowhere") },
		{
			name: "search: the heaviest, later page",
			rowsMax: 40_000,
			run: search(heaviestUserId, "words", later),
		},
	];
}
