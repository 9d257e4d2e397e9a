import { type CopiedRow, readArray, readRows } from "./copy-text.ts";
import type { BackupManifest, TableHead } from "./format.ts";

/** One sum of money computed in two ways, nano-dollars as decimal strings. */
export interface MoneyCheck {
	readonly what: string;
	readonly nanoUsd: string;
	readonly otherwise: string;
	readonly isEqual: boolean;
	/** The first person, account or bucket for which the two differ. */
	readonly first: string | null;
}

interface Person {
	ledger: bigint;
	days: bigint;
	months: bigint;
	charged: bigint;
	settled: bigint;
	isHere: boolean;
}

/** The columns that the money checks read. */
const wanted: Record<string, readonly string[]> = {
	users: ["id"],
	ledger: ["account", "user_id", "kind", "amount_nano_usd"],
	model_calls: ["cost_nano_usd"],
	quota_buckets: ["key", "used_nano_usd", "reserved_nano_usd"],
	turns: ["user_id", "status", "receipt", "quota_keys", "quota_nano_usd"],
};

/**
 * Adds up the money in a backup while it is read. Memory grows with the number of people and of running answers, not with
 * that of rows.
 */
export function createTally() {
	const people = new Map<string, Person>();
	const accounts = new Map<string, bigint>();
	const held = new Map<string, { buckets: bigint; turns: bigint }>();
	const sums = { calls: 0n, callLines: 0n, runningTurns: 0 };

	const toPerson = (id: string | null): Person => {
		const known = people.get(id ?? "");
		if (known) return known;
		const made = { ledger: 0n, days: 0n, months: 0n, charged: 0n, settled: 0n, isHere: false };
		people.set(id ?? "", made);
		return made;
	};
	const toHeld = (key: string) => {
		const known = held.get(key);
		if (known) return known;
		const made = { buckets: 0n, turns: 0n };
		held.set(key, made);
		return made;
	};
	const readers: Record<string, (row: CopiedRow) => void> = {
		users: (row) => {
			toPerson(text(row.id)).isHere = true;
		},
		ledger: (row) => {
			const amount = toNano(row.amount_nano_usd);
			const account = text(row.account);
			accounts.set(account, (accounts.get(account) ?? 0n) + amount);
			if (row.kind === "call" || row.kind === "overrun") sums.callLines += amount;
			if (account !== "user") return;
			const person = toPerson(text(row.user_id));
			person.ledger += amount;
			if (row.kind === "call") person.charged += amount;
		},
		model_calls: (row) => {
			sums.calls += toNano(row.cost_nano_usd);
		},
		quota_buckets: (row) => {
			const key = text(row.key);
			const [owner, id = "", period] = key.split(":");
			const used = toNano(row.used_nano_usd);
			if (owner === "user" && period === "day") toPerson(id).days += used;
			if (owner === "user" && period === "month") toPerson(id).months += used;
			const reserved = toNano(row.reserved_nano_usd);
			if (reserved !== 0n) toHeld(key).buckets += reserved;
		},
		turns: (row) => {
			if (row.status === "queued" || row.status === "running") {
				sums.runningTurns += 1;
				const nanos = readArray(row.quota_nano_usd ?? null);
				for (const [index, key] of readArray(row.quota_keys ?? null).entries())
					toHeld(key).turns += toNano(nanos[index]);
			} else toPerson(text(row.user_id)).settled += toSettled(row.receipt ?? null);
		},
	};

	return {
		add(head: TableHead, lines: Buffer): void {
			const columns = wanted[head.table];
			const read = readers[head.table];
			if (columns && read) for (const row of readRows(head, lines, columns)) read(row);
		},
		/** Answers that were being written at the instant of the backup. */
		runningTurns: () => sums.runningTurns,
		toChecks(manifest: BackupManifest): MoneyCheck[] {
			if (!manifest.tables.some(({ name }) => name === "ledger")) return [];
			const all = [...people];
			const here = all.filter(([, person]) => person.isHere);
			const stated = new Map(
				Object.entries(manifest.ledgerNanoUsd).map(([name, sum]) => [name, BigInt(sum)]),
			);
			return [
				...["user", "house"].map((name) =>
					toCheck(`ledger, ${name}: entries = the database's own sum`, [
						[name, accounts.get(name) ?? 0n, stated.get(name) ?? 0n],
					]),
				),
				toCheck("calls: cost by the providers = their ledger entries", [["", sums.calls, sums.callLines]]),
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
					"held: by running answers = in the buckets",
					[...held].map(([key, { turns, buckets }]) => [key, turns, buckets]),
				),
			];
		},
	};
}

/** Compares pair by pair, so that two mistakes cannot cancel each other out. */
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
