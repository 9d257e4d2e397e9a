import type { Sql } from "postgres";
import type { UserId } from "../contract/ids.ts";
import type { CatalogueModel } from "../models/index.ts";
import { type OpenModels, toPlanStateRow } from "../quota/index.ts";

/** What a plan leaves open; null: everything. */
export interface Openings {
	readonly openModels: readonly string[] | null;
	readonly openTiers: readonly string[] | null;
}

/** What the person's plan leaves open now. */
export async function readOpenings(sql: Sql, userId: UserId): Promise<Openings> {
	const [open] = await sql<[OpenModels]>`
		select open_models as "openModels", open_tiers as "openTiers" from ${toPlanStateRow(sql, userId)} as open`;
	return open;
}

/** A person's texts reach no other models than their answers may. */
export const isOpenIn = (
	{ openModels, openTiers }: Openings,
	{ id, tier }: Pick<CatalogueModel, "id" | "tier">,
): boolean => (openModels?.includes(id) ?? true) && (openTiers?.includes(tier) ?? true);
