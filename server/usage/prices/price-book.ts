import type { Sql } from "postgres";
import { writeAudit } from "../../audit/index.ts";
import { createId } from "../../contract/ids.ts";
import type { Notices } from "../../kernel/notices.ts";
import { findPriceMistakes, isSamePrices, type Prices } from "./prices.ts";

export type PriceSource = "catalogue" | "config" | "built-in" | "admin";

/** A dated row: in force from its instant until a later one of the same model begins. */
export interface PriceRow {
	readonly id: string;
	readonly modelId: string;
	readonly validFrom: Date;
	readonly prices: Prices;
	readonly source: PriceSource;
}

/** What a model is listed at where it comes from; null when nobody has said. */
export interface ListedModel {
	readonly modelId: string;
	readonly source: Exclude<PriceSource, "admin">;
	readonly prices: Prices | null;
}

export interface PriceBook {
	/** The row in force at an instant (milliseconds; now, unless told). A model without one is priced at the stated ceiling, never at nothing. */
	find(modelId: string, atMs?: number): { readonly id: string | null; readonly prices: Prices };
	/** All rows of all models, the newest first. */
	list(): readonly PriceRow[];
	/** A new row from an instant on; all instances price by it within a moment. Refuses what is no price. */
	set(row: Omit<PriceRow, "id"> & { readonly createdBy: string | null }): Promise<PriceRow>;
	close(): void;
}

/** What a model costs that nobody has priced, US dollars per million tokens: dear enough to be noticed. */
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

/** The dated prices in memory, kept current; at start it takes in what the catalogue and the config file list. */
export async function createPriceBook(input: {
	readonly sql: Sql;
	readonly notices: Notices;
	readonly listed: readonly ListedModel[];
}): Promise<PriceBook> {
	const { sql, notices } = input;
	let rows: PriceRow[] = [];
	const reload = async () => {
		rows = await readRows(sql);
	};
	await takeListed(sql, input.listed);
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
			const { id, modelId, prices } = made;
			await sql.begin(async (transaction) => {
				const tx = transaction as unknown as Sql;
				await insertRows(tx, [{ ...made, createdBy }]);
				await writeAudit(tx, {
					...{ actorId: createdBy, action: "price.set", subject: `model:${modelId}` },
					details: { priceId: id, validFrom: made.validFrom.toISOString(), prices },
				});
			});
			await reload();
			notices.send(topic, row.modelId);
			return made;
		},
		close: () => clearInterval(timer),
	};
}

async function readRows(sql: Sql): Promise<PriceRow[]> {
	return await sql<PriceRow[]>`
		select id, model_id as "modelId", valid_from as "validFrom", prices, source from prices
		order by valid_from desc, id desc`;
}

async function insertRows(
	sql: Sql,
	rows: readonly (PriceRow & { createdBy: string | null })[],
): Promise<void> {
	const json = rows.map(({ validFrom, ...row }) => ({ ...row, validFrom: validFrom.toISOString() }));
	await sql`
		insert into prices (id, model_id, valid_from, prices, source, created_by)
		select id, "modelId", "validFrom", prices, source, "createdBy"
		from json_to_recordset(${JSON.stringify(json)}::text::json)
			as given (id uuid, "modelId" text, "validFrom" timestamptz, prices json, source text, "createdBy" uuid)`;
}

/** Adds a row for every model whose list price is not the one in force; what an administrator set stands. */
async function takeListed(sql: Sql, listed: readonly ListedModel[]): Promise<void> {
	await sql.begin(async (transaction) => {
		const tx = transaction as unknown as Sql;
		await tx`select pg_advisory_xact_lock(hashtext('parley.prices'))`;
		const current = new Map<string, PriceRow>();
		for (const row of (await readRows(tx)).toReversed()) current.set(row.modelId, row);
		const [clock] = await tx<{ now: Date }[]>`select now() as now`;
		const validFrom = clock?.now ?? new Date();
		const fresh = listed.flatMap(({ modelId, source, prices }) => {
			const known = current.get(modelId);
			if (!prices || known?.source === "admin") return [];
			if (known && isSamePrices(known.prices, prices)) return [];
			return [{ id: createId<string>(), modelId, validFrom, prices, source, createdBy: null }];
		});
		if (fresh.length > 0) await insertRows(tx, fresh);
	});
}
