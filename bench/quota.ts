/**
 * Measures how fast money is reserved and settled, on a real PostgreSQL with fsync and synchronous commit on:
 * `npm run bench:quota`. One person alone, and many, with a site budget; every step is its own transaction, over four pools. For
 * comparison, the same with two bare updates of one counter in place of the two steps.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { createId, type TurnId, type UserId } from "../server/contract/ids.ts";
import { connectDatabase, type Database, migrateDatabase } from "../server/db/index.ts";
import { startEmbeddedDatabase } from "../server/embedded-postgres/index.ts";
import { toReserveCall } from "../server/quota/index.ts";
import { toGoal, toGoalLine, toMinimum } from "./goal.ts";

const { values } = parseArgs({
	options: {
		seconds: { type: "string", default: "5" },
		people: { type: "string", default: "200" },
		concurrent: { type: "string", default: "40" },
		json: { type: "boolean", default: false },
	},
});

const goals = { hot: 500, spread: 1_500 };
const quote = {
	modelId: "small",
	tier: "small",
	inputTokens: 100,
	inputNanoUsd: 15_000n,
	outputNanoUsdPerMTok: 600_000_000n,
	maxOutputTokens: 500,
	siteNanoUsd: 10n ** 17n,
};

async function holdAndSettle({ sql }: Database, userId: UserId): Promise<void> {
	const call = toReserveCall(sql, { userId, turnId: createId<TurnId>() }, quote);
	const [held] = await sql`select * from ${call}`;
	if (held?.refusal !== null) throw new Error(`Refused: ${held?.refusal}`);
	await sql`select settle_quota(${held.keys}, ${held.nanos}::bigint[], ${held.tokens}, 100000, 200, 100000)`;
}

/** The least that any two durable steps on the same row take: no limits, one row each. */
async function updateTwice({ sql }: Database, userId: UserId): Promise<void> {
	for (const add of [1, -1])
		await sql`update quota_buckets set used_requests = used_requests + ${add} where key = ${`anchor:${userId}`}`;
}

type Pair = typeof holdAndSettle;

/** Pairs of steps a second. */
async function measure(pair: Pair, pools: readonly Database[], people: readonly UserId[]): Promise<number> {
	const endsAt = performance.now() + Number(values.seconds) * 1_000;
	let pairs = 0;
	const worker = async (index: number) => {
		const pool = pools[index % pools.length] as Database;
		for (let turn = index; performance.now() < endsAt; turn += 7) {
			await pair(pool, people[turn % people.length] as UserId);
			pairs += 1;
		}
	};
	const startedAt = performance.now();
	await Promise.all(Array.from({ length: Number(values.concurrent) }, (_, index) => worker(index)));
	return (pairs * 1_000) / (performance.now() - startedAt);
}

const dataDir = mkdtempSync(join(tmpdir(), "parley-bench-"));
const embedded = await startEmbeddedDatabase({ dataDir, onProgress: () => undefined });
const pools = [1, 2, 3, 4].map((each) =>
	connectDatabase({ url: embedded.url, poolMax: 10, applicationName: `bench ${each}` }),
);
try {
	const [first] = pools as [Database];
	await migrateDatabase(first);
	await first.sql`insert into plans (id, requests_per_minute, concurrent_streams, allowed_tiers) values ('bench', 1, 1000, '{small}')`;
	const people = Array.from({ length: Number(values.people) }, () => createId<UserId>());
	await first.sql`insert into users (id, email, name, role, plan)
		select id, id::text, 'Bench', 'user', 'bench' from unnest(${people}::uuid[]) as id`;
	await first.sql`insert into quota_buckets (key) select 'anchor:' || id from unnest(${people}::uuid[]) as id`;
	await measure(holdAndSettle, pools, people);
	const one = people.slice(0, 1);
	const anchors = {
		hot: await measure(updateTwice, pools, one),
		spread: await measure(updateTwice, pools, people),
	};
	const rates = {
		hot: await measure(holdAndSettle, pools, one),
		spread: await measure(holdAndSettle, pools, people),
	};
	const [left] = await first.sql`select coalesce(sum(reserved_nano_usd), 0)::text as held from quota_buckets`;
	const isExact = left?.held === "0";
	const toRate = (name: "hot" | "spread") =>
		toMinimum(`reserve + settle, ${name}`, rates[name], {
			goal: goals[name],
			unit: "/s",
			detail: `two bare updates: ${anchors[name].toFixed(0)}/s`,
		});
	const reached = [
		toRate("hot"),
		toRate("spread"),
		toGoal("still reserved afterwards", isExact ? 0 : 1, { goal: 0, unit: "", detail: "all buckets" }),
	];
	const lines = values.json ? [JSON.stringify({ ...rates, anchors, isExact })] : reached.map(toGoalLine);
	process.stdout.write(`${lines.join("\n")}\n`);
	process.exitCode = reached.every(({ isReached }) => isReached) ? 0 : 1;
} finally {
	for (const pool of pools) await pool.close();
	await embedded.stop();
	rmSync(dataDir, { recursive: true, force: true });
}
