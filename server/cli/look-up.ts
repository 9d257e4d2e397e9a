import type { Database } from "../db/index.ts";
import { findNearest } from "../kernel/find-nearest.ts";
import type { Models } from "../models/index.ts";
import { findSecrets, type Settings } from "../settings/index.ts";
import type { CommandContext } from "./command.ts";

/** The server's secret, from the settings or the data folder that it shares with this command line; else null. */
export async function findAuthSecret(settings: Settings): Promise<string | null> {
	return settings.authSecret ?? (await findSecrets(settings.dataDir))?.authSecret ?? null;
}

/** The models of these settings, open while the command runs. */
export async function withModels<Result>(
	{ settings }: CommandContext,
	run: (models: Models) => Promise<Result>,
): Promise<Result> {
	// Loaded only here, because the model room is large and commands about accounts do not need it.
	const { createModels } = await import("../models/index.ts");
	const models = await createModels({ settings });
	try {
		return await run(models);
	} finally {
		await models.close();
	}
}

/** Ids of the catalogue that these settings make. */
export const listModelIds = (context: CommandContext) =>
	withModels(context, async (models) => models.list().map(({ id }) => id));

/**
 * A warning about ids that neither the price book nor the catalogue has: such a model may be configured later, or the id may
 * be a typing mistake. Undefined when all ids are known.
 */
export async function findUnknownModels(
	context: CommandContext,
	db: Database,
	ids: readonly string[],
): Promise<string | undefined> {
	if (ids.length === 0) return undefined;
	const priced = await db.sql<{ id: string }[]>`select distinct model_id as id from prices`;
	const known = [...priced.map(({ id }) => id), ...(await listModelIds(context))];
	const warnings = ids
		.filter((id) => !known.includes(id))
		.map((id) => {
			const nearest = findNearest(id, known, Math.ceil(id.length / 3));
			return `Warning: no model "${id}" is known.${nearest === null ? "" : ` Did you mean ${nearest}?`}`;
		});
	return warnings.length > 0 ? warnings.join("\n") : undefined;
}
