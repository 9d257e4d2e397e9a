import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { createUser } from "../server/auth/index.ts";
import { toTextParts } from "../server/contract/parts.ts";
import { connectDatabase, migrateDatabase } from "../server/db/index.ts";
import { startEmbeddedDatabase } from "../server/embedded-postgres/index.ts";
import { createLogger, createServices } from "../server/services.ts";
import { parseSettings } from "../server/settings/index.ts";
import { addRoomyPlan } from "../server/testing/roomy-plan.ts";
import { type Goal, quantile, toGoal } from "./goal.ts";
import { waitUntil } from "./streams.ts";
import { toConfig } from "./targets.ts";

type Sql = ReturnType<typeof connectDatabase>["sql"];

/** The same database, whose appends to the turn log are timed from the statement's start to its answer. */
function withTimedInserts(sql: Sql, tookMs: number[]): Sql {
	return new Proxy(sql, {
		apply(target, self, args) {
			const query = Reflect.apply(target, self, args);
			const text = Array.isArray(args[0]) ? args[0].join("") : "";
			if (!/insert into turn_events.*returning turn_id/s.test(text)) return query;
			const startedAt = performance.now();
			// A statement runs once it is awaited, here at once.
			return query.then((rows: unknown) => {
				tookMs.push(performance.now() - startedAt);
				return rows;
			});
		},
	});
}

/** Answers in this very process, so many at a time and all followed: how long the log takes for a batch of them. */
export async function measureInserts(input: {
	folder: string;
	upstreamPort: number;
	live: number;
}): Promise<Goal> {
	const dataDir = join(input.folder, "inserts");
	mkdirSync(dataDir, { mode: 0o755 });
	const embedded = await startEmbeddedDatabase({ dataDir });
	const db = connectDatabase({ url: embedded.url, poolMax: 10, applicationName: "bench" });
	try {
		await migrateDatabase(db);
		const tookMs: number[] = [];
		const settings = parseSettings(
			{ PARLEY_CONFIG: "config.json", PARLEY_LOG_LEVEL: "error" },
			{ read: () => JSON.stringify(toConfig(input.upstreamPort)) },
		);
		const services = await createServices({
			settings,
			authSecret: "a secret that only this bench knows, 32+",
			logger: createLogger("error"),
			db: { ...db, sql: withTimedInserts(db.sql, tookMs) },
		});
		const credentials = { email: "ann@example.com", password: "a long password of the bench" };
		const { userId } = await createUser(db, {
			...credentials,
			plan: await addRoomyPlan(db.sql),
			role: "user",
			name: "Ann",
		});
		const viewer = { userId, sessionEpoch: 1, role: "user" };
		let running = 0;
		let ended = 0;
		const answer = async (index: number) => {
			await sleep((index / input.live) * 3_000);
			for (let round = 0; round < 5; round++) {
				const message = {
					clientMessageId: crypto.randomUUID(),
					parts: toTextParts("How do queues behave?"),
					model: "load",
				};
				running++;
				const { turnId } = await services.chat.send(viewer.userId, message);
				for await (const _ of services.chat.follow(viewer, { turnId, after: null }, undefined));
				running--;
				ended++;
			}
		};
		const answers = Promise.all(Array.from({ length: input.live }, (_, index) => answer(index)));
		await waitUntil(() => running === input.live, 10_000);
		tookMs.length = 0;
		const loop = monitorEventLoopDelay({ resolution: 5 });
		loop.enable();
		await answers;
		loop.disable();
		await services.close();
		return toGoal(`one insert into the log, ${input.live} live answers, p99`, quantile(tookMs, 0.99), {
			goal: 25,
			unit: " ms",
			detail: [
				`${tookMs.length} inserts of ${ended} answers, median ${quantile(tookMs, 0.5).toFixed(1)} ms`,
				`event loop late by ${(loop.percentile(50) / 1e6).toFixed(0)} / ${(loop.percentile(99) / 1e6).toFixed(0)} ms (p50 / p99)`,
			].join("; "),
		});
	} finally {
		await db.close();
		await embedded.stop();
	}
}
