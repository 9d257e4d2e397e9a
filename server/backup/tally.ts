import { liveStatuses } from "../contract/turn-status.ts";
import { type CopiedRow, readArray, readRows } from "./copy-text.ts";
import type { BackupManifest, TableHead } from "./format.ts";

/** The result of one check: the same sum of money, computed in two ways. Nano-dollars as decimal strings. */
export interface MoneyCheck {
	readonly what: string;
	readonly nanoUsd: string;
	readonly otherwise: string;
	readonly isEqual: boolean;
	/** The first person, account or bucket for which the two differ. */
	readonly first: string | null;
}

/** What the tables say about one person, in nano-dollars. */
interface Person {
	/** All ledger entries. */
	ledger: bigint;
	/** Used, by the buckets of days and by those of months. */
	days: bigint;
	months: bigint;
	/** Ledger entries of calls. */
	charged: bigint;
	/** The costs on the receipts of answers that have ended. */
	settled: bigint;
	/** Whether the account exists: the ledger keeps entries of deleted ones. */
	isHere: boolean;
}

/** The columns that the money checks read. */
const wanted: Record<string, readonly string[]> = {
	users: ["id"],
	ledger: ["account", "user_id", "kind", "amount_nano_usd"],
	model_calls: ["cost_nano_usd"],
	quota_buckets: ["key", "used_nano_usd", "reserved_nano_usd"],
	turns: ["user_id", "status", "receipt", "quota_keys", "quota_nano_usd"],
	house_calls: ["quota_keys", "quota_nano_usd"],
};

/** Sums that grow while a backup is read. */
interface Sums {
	readonly people: Map<string, Person>;
	readonly accounts: Map<string, bigint>;
	/** By bucket: what the bucket says is held for running answers and the server's own calls, and what these say. */
	readonly held: Map<string, { buckets: bigint; holders: bigint }>;
	calls: bigint;
	callLines: bigint;
	runningTurns: number;
}

/**
 * Adds up the money in a backup while the file is read, for the checks of `backup verify`. It needs memory for each person and each
 * running answer, and none for each row.
 */
export function createTally() {
	const sums: Sums = {
		people: new Map(),
		accounts: new Map(),
		held: new Map(),
		calls: 0n,
		callLines: 0n,
		runningTurns: 0,
	};
	return {
		add(head: TableHead, lines: Buffer): void {
			const columns = wanted[head.table];
			const read = readers[head.table];
			if (columns && read) for (const row of readRows(head, lines, columns)) read(sums, row);
		},
		/** Answers that were being written at the instant of the backup. */
		runningTurns: () => sums.runningTurns,
		toChecks: (manifest: BackupManifest) => toChecks(sums, manifest),
	};
}

const readers: Record<string, (sums: Sums, row: CopiedRow) => void> = {
	users: (sums, row) => {
		toPerson(sums, text(row.id)).isHere = true;
	},
	ledger: (sums, row) => {
		const amount = toNano(row.amount_nano_usd);
		const account = text(row.account);
		sums.accounts.set(account, (sums.accounts.get(account) ?? 0n) + amount);
		if (row.kind === "call" || row.kind === "overrun") sums.callLines += amount;
		if (account !== "user") return;
		const person = toPerson(sums, text(row.user_id));
		person.ledger += amount;
		if (row.kind === "call") person.charged += amount;
	},
	model_calls: (sums, row) => {
		sums.calls += toNano(row.cost_nano_usd);
	},
	quota_buckets: (sums, row) => {
		const key = text(row.key);
		const [owner, id = "", period] = key.split(":");
		const used = toNano(row.used_nano_usd);
		if (owner === "user" && period === "day") toPerson(sums, id).days += used;
		if (owner === "user" && period === "month") toPerson(sums, id).months += used;
		const reserved = toNano(row.reserved_nano_usd);
		if (reserved !== 0n) toHeld(sums, key).buckets += reserved;
	},
	turns: (sums, row) => {
		if (liveStatuses.some((status) => status === row.status)) {
			sums.runningTurns += 1;
			addHolder(sums, row);
		} else toPerson(sums, text(row.user_id)).settled += toSettled(row.receipt ?? null);
	},
	house_calls: addHolder,
};

function addHolder(sums: Sums, row: CopiedRow): void {
	const nanos = readArray(row.quota_nano_usd ?? null);
	for (const [index, key] of readArray(row.quota_keys ?? null).entries())
		toHeld(sums, key).holders += toNano(nanos[index]);
}

function toPerson({ people }: Sums, id: string): Person {
	const known = people.get(id);
	if (known) return known;
	const made = { ledger: 0n, days: 0n, months: 0n, charged: 0n, settled: 0n, isHere: false };
	people.set(id, made);
	return made;
}

function toHeld({ held }: Sums, key: string): { buckets: bigint; holders: bigint } {
	const known = held.get(key);
	if (known) return known;
	const made = { buckets: 0n, holders: 0n };
	held.set(key, made);
	return made;
}

function toChecks(sums: Sums, manifest: BackupManifest): MoneyCheck[] {
	if (!manifest.tables.some(({ name }) => name === "ledger")) return [];
	const { accounts, calls, callLines, held } = sums;
	const all = [...sums.people];
	const here = all.filter(([, person]) => person.isHere);
	const stated = new Map(Object.entries(manifest.ledgerNanoUsd).map(([name, sum]) => [name, BigInt(sum)]));
	return [
		...["user", "house"].map((name) =>
			toCheck(`ledger, ${name}: entries = the database's own sum`, [
				[name, accounts.get(name) ?? 0n, stated.get(name) ?? 0n],
			]),
		),
		toCheck("calls: cost by the providers = their ledger entries", [["", calls, callLines]]),
		toCheck(
			"people: ledger = used, by day",
			all.map(([id, { ledger, days }]) => [id, ledger, days]),
		),
		toCheck(
			"people: ledger = used, by month",
			all.map(([id, { ledger, months }]) => [id, ledger, months]),
		),
		toCheck(
			"answers: charged in the ledger = settled on receipts",
			here.map(([id, { charged, settled }]) => [id, charged, settled]),
		),
		toCheck(
			"held: by running answers and calls = in the buckets",
			[...held].map(([key, { holders, buckets }]) => [key, holders, buckets]),
		),
	];
}

/** Compares the two amounts of every person, account or bucket, so that two mistakes cannot cancel each other out. */
function toCheck(what: string, pairs: readonly (readonly [string, bigint, bigint])[]): MoneyCheck {
	const wrong = pairs.find(([, one, other]) => one !== other);
	const sum = (side: 1 | 2) => pairs.reduce((total, pair) => total + pair[side], 0n).toString();
	return {
		what,
		nanoUsd: sum(1),
		otherwise: sum(2),
		isEqual: wrong === undefined,
		first: wrong?.[0] || null,
	};
}

const text = (value: string | null | undefined): string => value ?? "";
const toNano = (value: string | null | undefined): bigint => BigInt(value ?? "0");

/** What a receipt says the person was charged; answers of versions without prices cost nothing. */
function toSettled(receipt: string | null): bigint {
	const parsed: unknown = receipt === null ? null : JSON.parse(receipt);
	if (typeof parsed !== "object" || parsed === null || !("costNanoUsd" in parsed)) return 0n;
	return BigInt(String(parsed.costNanoUsd ?? 0));
}
