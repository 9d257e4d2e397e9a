/**
 * What circuit breakers cost while all is well, on a real PostgreSQL: `node bench/breakers.ts`. Calls come at a steady pace for some
 * seconds; printed are the time that `admit` and `report` take of a call, and the statements that the database saw for them.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../server/clock.ts";
import {
	connectDatabase,
	createNotices,
	migrateDatabase,
	startEmbeddedDatabase,
} from "../server/db/index.ts";
import { createBreakers } from "../server/resilience/index.ts";

const seconds = 10;
const perTick = 5;
const deployment = { providerId: "sim", providerModelId: "sim-small" };

const dataDir = mkdtempSync(join(tmpdir(), "parley-bench-"));
const embedded = await startEmbeddedDatabase({ dataDir, onProgress: () => undefined });
const db = connectDatabase({ url: embedded.url, poolMax: 5, applicationName: "bench" });
await migrateDatabase(db);
const notices = await createNotices(db.sql, "bench");
const breakers = createBreakers({ sql: db.sql, notices, clock: systemClock, log: console });
const countStatements = async () =>
	Number(
		(await db.sql`select xact_commit from pg_stat_database where datname = current_database()`)[0]
			?.xact_commit,
	);
const settle = () => new Promise((resolve) => setTimeout(resolve, 1_500));

await breakers.admit(deployment);
await settle();
const statementsBefore = await countStatements();
const timesMs: number[] = [];
const cpu = process.cpuUsage();
const endsAt = performance.now() + seconds * 1_000;
while (performance.now() < endsAt) {
	for (let each = 0; each < perTick; each += 1) {
		const startedAt = performance.now();
		const admission = await breakers.admit(deployment);
		if (!admission.isAdmitted) throw new Error("All is well, so nothing is refused.");
		breakers.report(admission, "success");
		timesMs.push(performance.now() - startedAt);
	}
	await new Promise((resolve) => setTimeout(resolve, 5));
}
const { user, system } = process.cpuUsage(cpu);
await settle();
const statements = (await countStatements()) - statementsBefore;
timesMs.sort((one, other) => one - other);
const at = (share: number) => (timesMs[Math.floor(timesMs.length * share)] ?? 0).toFixed(4);
console.log(`${timesMs.length} calls: p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, p99.9 ${at(0.999)} ms`);
console.log(
	`${statements} transactions in ${seconds + 1.5} s, ${((user + system) / 10_000 / seconds).toFixed(1)} % of a core`,
);

await breakers.end();
await notices.close();
await db.close();
await embedded.stop();
rmSync(dataDir, { recursive: true, force: true });
