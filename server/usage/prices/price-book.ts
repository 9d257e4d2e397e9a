import { desc } from "drizzle-orm";
import { prices as priceTable } from "../../../drizzle/schema/index.ts";
import { writeAudit } from "../../audit/index.ts";
import { createId } from "../../contract/ids.ts";
import { type DatabaseOrTransaction, inTransaction } from "../../db/index.ts";
import type { Notices } from "../../kernel/notices.ts";
import { findPriceMistakes, isSamePrices, type Prices } from "./prices.ts";

export type PriceSource = "catalogue" | "config" | "built-in" | "admin";

/** A dated row: in force from `validFrom` until a later row of the same model. */
export interface PriceRow {
	readonly id: string;
	readonly modelId: string;
	readonly validFrom: Date;
	readonly prices: Prices;
	readonly source: PriceSource;
}

/** The list price of a model; null when neither its provider nor the config file gives one. */
export interface ListedModel {
	readonly modelId: string;
	readonly source: Exclude<PriceSource, "admin">;
	readonly prices: Prices | null;
}

export interface PriceBook {
	/**
	 * The row in force at an instant (milliseconds; absent: now). A model without one is priced at the ceiling `unpriced`, with a
	 * null id.
	 */
	find(modelId: string, atMs?: number): { readonly id: string | null; readonly prices: Prices };
	/** All rows of all models, the newest first. */
	list(): readonly PriceRow[];
	/** Adds a row; every instance prices by it within a moment. @throws RangeError for what is no price. */
	set(row: Omit<PriceRow, "id"> & { readonly createdBy: string | null }): Promise<PriceRow>;
	close(): void;
}

/** The ceiling for models without a price, US dollars per million tokens: high enough to be noticed. */
export const unpriced: Prices = {
	inputUsdPerMTok: "5",
	cachedInputUsdPerMTok: null,
	cacheWriteUsdPerMTok: null,
	cacheWrite1hUsdPerMTok: null,
	outputUsdPerMTok: "25",
	reasoningUsdPerMTok: null,
	longContext: null,
};

const topic = "prices";
/** Rows may begin in the future, and a notice may be lost. */
const reloadIntervalMs = 10_000;

/** Keeps the dated prices in memory and current. At start it adds the list prices of the catalogue and the config file. */
export async function createPriceBook(input: {
	readonly db: DatabaseOrTransaction;
	readonly notices: Notices;
	readonly listed: readonly ListedModel[];
}): Promise<PriceBook> {
	const { db, notices } = input;
	let rows: PriceRow[] = [];
	const reload = async () => {
		rows = await readRows(db);
	};
	await addListed(db, input.listed);
	await reload();
	notices.on(topic, () => void reload().catch(() => undefined));
	const timer = setInterval(() => void reload().catch(() => undefined), reloadIntervalMs);

	return {
		find(modelId, atMs = Date.now()) {
			const row = rows.find((one) => one.modelId === modelId && one.validFrom.getTime() <= atMs);
			return row ?? { id: null, prices: unpriced };
		},
		list: () => rows,
		async set({ createdBy, ...row }) {
			const mistakes = findPriceMistakes(row.prices);
			if (mistakes.length > 0) throw new RangeError(mistakes.join("; "));
			const made = { ...row, id: createId<string>() };
			await storeRow(db, { ...made, createdBy });
			await reload();
			notices.send(topic, row.modelId);
			return made;
		},
		close: () => clearInterval(timer),
	};
}

async function storeRow(
	db: DatabaseOrTransaction,
	row: PriceRow & { readonly createdBy: string | null },
): Promise<void> {
	await inTransaction(db, async (tx) => {
		await tx.orm.insert(priceTable).values(row);
		await writeAudit(tx, {
			actorId: row.createdBy,
			action: "price.set",
			subject: `model:${row.modelId}`,
			details: { priceId: row.id, validFrom: row.validFrom.toISOString(), prices: row.prices },
		});
	});
}

async function readRows({ orm }: Pick<DatabaseOrTransaction, "orm">): Promise<PriceRow[]> {
	const rows = await orm
		.select({
			id: priceTable.id,
			modelId: priceTable.modelId,
			validFrom: priceTable.validFrom,
			prices: priceTable.prices,
			source: priceTable.source,
		})
		.from(priceTable)
		.orderBy(desc(priceTable.validFrom), desc(priceTable.id));
	// As: only `storeRow` and `addListed` write here.
	return rows.map((row) => ({ ...row, prices: row.prices as Prices }));
}

/** Adds a row for every model whose list price is not the one in force; a row that an administrator has set stays in force. */
async function addListed(db: DatabaseOrTransaction, listed: readonly ListedModel[]): Promise<void> {
	await inTransaction(db, async (tx) => {
		await tx.sql`select pg_advisory_xact_lock(hashtext('parley.prices'))`;
		const current = new Map<string, PriceRow>();
		for (const row of (await readRows(tx)).toReversed()) current.set(row.modelId, row);
		const [clock] = await tx.sql<{ now: Date }[]>`select now() as now`;
		const validFrom = clock?.now ?? new Date();
		const fresh = listed.flatMap(({ modelId, source, prices }) => {
			const known = current.get(modelId);
			if (!prices || known?.source === "admin") return [];
			if (known && isSamePrices(known.prices, prices)) return [];
			return [{ id: createId<string>(), modelId, validFrom, prices, source }];
		});
		if (fresh.length > 0) await tx.orm.insert(priceTable).values(fresh);
	});
}
