import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createUser } from "../../../server/auth/index.ts";
import { loadEncoding } from "../../../server/context/index.ts";
import { connectDatabase, migrateDatabase } from "../../../server/db/index.ts";
import { startEmbeddedDatabase } from "../../../server/embedded-postgres/index.ts";
import type { CatalogueModel } from "../../../server/models/index.ts";
import { setPlan } from "../../../server/quota/index.ts";
import { createLogger, createServices } from "../../../server/services.ts";
import type { Settings } from "../../../server/settings/index.ts";

/** What an answer of these checks may be long, reasoning included. */
const maxOutputTokens = 1_000;

export type Stage = Awaited<ReturnType<typeof startStage>>;

/**
 * A Parley of its own with these settings' providers, on a database that is removed with it: no other data is near. The cap is the
 * plan of the one person who asks, so that the product itself refuses a call that could go past it before it is sent.
 */
export async function startStage(given: Settings, capNanoUsd: bigint) {
	const dataDir = mkdtempSync(join(tmpdir(), "parley-live-"));
	const settings: Settings = {
		...given,
		dataDir,
		databaseUrl: null,
		rateStore: null,
		mail: null,
		instances: 1,
		siteNanoUsdPerMonth: null,
		// The server pays for titles, so that the cap would not hold them back.
		writesTitles: false,
		logLevel: "silent",
	};
	const embedded = await startEmbeddedDatabase({ dataDir, onProgress: () => undefined });
	const db = connectDatabase({ url: embedded.url, poolMax: 5, applicationName: "parley live" });
	await migrateDatabase(db);
	// As at the start of the server: a stopped answer is counted without a wait.
	await loadEncoding("o200k_base");
	const authSecret = crypto.randomUUID() + crypto.randomUUID();
	const services = await createServices({
		settings,
		db,
		authSecret,
		isAlone: true,
		logger: createLogger("silent"),
	});
	const readSpent = async (account: "user" | "house") => {
		const [row] = await db.sql<[{ spent: string }]>`
			select coalesce(sum(amount_nano_usd), 0)::text as spent from ledger where account = ${account}`;
		return BigInt(row.spent);
	};
	const setLimits = async (allowedModels: readonly string[]) => {
		const left = capNanoUsd - (await readSpent("house"));
		const nanoUsd = (left > 0n ? left : 0n).toString();
		const change = {
			requestsPerMinute: 1_000,
			requestsPerDay: null,
			tokensPerDay: null,
			concurrentStreams: 2,
			nanoUsdPerDay: nanoUsd,
			nanoUsdPerMonth: nanoUsd,
			softLimitPercent: 100,
			maxOutputTokens,
			allowedModels,
			allowedTiers: ["small", "medium", "large"],
		};
		await setPlan(db, { id: "live", change, by: null });
	};
	await setLimits([]);
	const person = { email: "live@example.com", name: "Live", password: crypto.randomUUID() };
	const { userId } = await createUser(db, { ...person, role: "user", plan: "live" });
	return {
		services,
		sql: db.sql,
		/** Whose turns these are, with the session that a new account begins with. */
		viewer: { userId, role: "user", sessionEpoch: 1 } as const,
		/** This model alone may be asked, so that no other answers in its place; what the house paid is taken off the cap. */
		allow: (model: CatalogueModel) => setLimits([model.id]),
		/** All lines of the ledger, the house's too, in nano-dollars. */
		readSpent: async () => (await readSpent("user")) + (await readSpent("house")),
		async close() {
			await services.close();
			await embedded.stop();
			rmSync(dataDir, { recursive: true, force: true });
		},
	};
}
