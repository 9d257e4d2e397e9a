import { findNearest } from "../contract/text.ts";
import type { Database } from "../db/index.ts";
import type { CommandContext } from "./command.ts";
import { withModels } from "./commands/models.ts";

/** Ids of the catalogue as these settings make it now. */
export const listModelIds = (context: CommandContext) =>
	withModels(context, async (models) => models.list().map(({ id }) => id));

/**
 * A warning in words for models that neither the price book nor the catalogue knows: they may be configured later, or be
 * typing mistakes. Undefined when all are known.
 */
export async function findUnknownModels(
	context: CommandContext,
	db: Database,
	ids: readonly string[],
): Promise<string | undefined> {
	if (ids.length === 0) return undefined;
	const priced = await db.sql<{ id: string }[]>`select distinct model_id as id from prices`;
	const known = [...priced.map(({ id }) => id), ...(await listModelIds(context))];
	const unknown = ids.filter((id) => !known.includes(id));
	const words = unknown.map((id) => {
		const nearest = findNearest(id, known, Math.ceil(id.length / 3));
		return `Warning: no model "${id}" is known.${nearest === null ? "" : ` Did you mean ${nearest}?`}`;
	});
	return words.length > 0 ? words.join("\n") : undefined;
}
