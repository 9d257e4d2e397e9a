/**
 * Lets one person send far more at once than the plan's money buys, takes Redis away meanwhile, and checks that the
 * person did not overspend: `npm run test:budget-race`. Nothing is called but this machine. See `help` below for the options.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import type postgres from "postgres";
import * as z from "zod";
import { mutate, untilAnswered } from "../kit/clients/api-calls.ts";
import { isOwn } from "../kit/money/money-checks.ts";
import { type MoneyRecords, readMoneyRecords } from "../kit/money/money-records.ts";
import { parseUsd, sum, toUsd } from "../kit/money/usd.ts";
import { runProof, say, toCount } from "../kit/program.ts";
import { countOutcomes, type Report, toJson, toText } from "../kit/report.ts";
import { toWarnings } from "../kit/server-warnings.ts";
import type { StagePerson } from "../kit/stage/accounts.ts";
import { type SimulatedModel, toConfig } from "../kit/stage/simulated-models.ts";
import { openStage, type Stage } from "../kit/stage/stage.ts";
import { toColumns } from "../kit/table.ts";
import { waitForQuiet } from "../kit/wait.ts";
import { findLater, judge, type Race, type SendOutcome } from "./judge.ts";
import { pollBuckets } from "./poll-buckets.ts";
import { type DoomedRedis, openRedis } from "./redis.ts";

const help = `npm run test:budget-race -- [--sends 500] [--instances 3] [--cap-usd 1.00] [--short] [--json]
                              [--database-url URL] [--redis-url URL]

One person, whose plan allows so many US dollars a day and anything else, sends at once over several instances. When half
of that is spent, Redis is killed. The charge may not exceed the cap, at no instant, nor the provider's invoice.
  --short         250 sends over 2 instances
  --database-url  a PostgreSQL of your own, in which a database is created and dropped; else an embedded one
  --redis-url     a Redis of your own, to which the way is cut; else one is started, which needs redis-server
Exits with 1 when a promise was broken.
`;

interface Options {
	readonly sends: number;
	readonly instances: number;
	readonly capNanoUsd: bigint;
	readonly isJson: boolean;
	readonly databaseUrl: string | null;
	readonly redisUrl: string | null;
}

/** Null when help was asked for. @throws on anything that makes no sense. */
function readOptions(): Options | null {
	const text = { type: "string" } as const;
	const flag = { type: "boolean", default: false } as const;
	const { values } = parseArgs({
		options: {
			sends: text,
			instances: text,
			"cap-usd": text,
			"database-url": text,
			"redis-url": text,
			short: flag,
			json: flag,
			help: flag,
		},
	});
	if (values.help) return null;
	const standard = values.short ? { sends: 250, instances: 2 } : { sends: 500, instances: 3 };
	return {
		isJson: values.json,
		databaseUrl: values["database-url"] ?? null,
		redisUrl: values["redis-url"] ?? null,
		sends: toCount("sends", values.sends, standard.sends, [2, 5_000]),
		instances: toCount("instances", values.instances, standard.instances, [1, 8]),
		capNanoUsd: parseUsd("cap-usd", values["cap-usd"] ?? "1.00"),
	};
}

/** Tokens of an answer; a reservation holds four times as many, or what the money left can buy. */
const tokens = 120;
/** No answer is begun for less. */
const heldTokensMin = 256;
const answersInCap = 100n;

function toModel(capNanoUsd: bigint): SimulatedModel {
	// Nano-dollars per million tokens, as US dollars with nine places; not a round figure.
	const nano = (capNanoUsd * 1_000_000n) / (BigInt(tokens) * answersInCap) + 7n;
	return {
		id: "costly",
		provider: "sim",
		providerModelId: "sim-costly",
		tier: "small",
		fallbacks: [],
		contextWindow: 8_000,
		maxOutputTokens: tokens * 4,
		prices: { inputUsdPerMTok: toUsd(nano / 20n), outputUsdPerMTok: toUsd(nano) },
	};
}

const addCappedPlan = (capNanoUsd: bigint) => async (sql: postgres.Sql) => {
	await sql`
		insert into plans (id, requests_per_minute, concurrent_streams, allowed_tiers, nano_usd_per_day)
		values ('capped', 1000000, 100000, '{small,medium,large}', ${capNanoUsd.toString()}::text::bigint)`;
	return "capped";
};

const accepted = z.object({ turnId: z.string() });

/** Sends everything at once, each send again while what is left is held by others; Redis goes when half the money has. */
async function race(options: Options, stage: Stage, redis: DoomedRedis) {
	const [person] = stage.people;
	if (!person) throw new Error("A race needs a person.");
	const watching = pollBuckets(stage.sql, person.userId);
	const outcomes: SendOutcome[] = [];
	let redisGoneAtMs: number | null = null;
	say(`${options.sends} sends at once`);
	await Promise.all(
		Array.from({ length: options.sends }, async (_, index) => {
			// In one burst, but within what the harness' own sockets bear.
			await sleep(index * 4);
			outcomes.push(await send(stage, person));
			const turns = outcomes.filter(({ turnId }) => turnId !== null).length;
			if (redisGoneAtMs !== null || turns < answersInCap / 2n) return;
			redisGoneAtMs = Date.now();
			await redis.takeAway();
			say(`Redis is ${redis.fate}`);
		}),
	);
	await waitForQuiet(stage);
	return { outcomes, redisGoneAtMs, polls: await watching.end() };
}

async function send({ balancer }: Stage, { headers }: StagePerson): Promise<SendOutcome> {
	const clientMessageId = crypto.randomUUID();
	const text = `${clientMessageId} [[sim tokens=${tokens},text=words,ttft=100,itl=5]]`;
	const input = { clientMessageId, text };
	const { data, code } = await untilAnswered(() =>
		mutate(balancer.url, { path: "chat.send", input, headers }),
	);
	const turnId = accepted.safeParse(data).data?.turnId ?? null;
	return { answeredAtMs: Date.now(), turnId, code: turnId === null ? (code ?? "malformed") : null };
}

async function run(options: Options, folder: string, stack: AsyncDisposableStack) {
	const redis = await openRedis(options.redisUrl, stack);
	const { capNanoUsd, instances, sends } = options;
	const model = toModel(capNanoUsd);
	const { inputUsdPerMTok = "0", outputUsdPerMTok = "0" } = model.prices;
	const stage = await openStage(
		{
			folder,
			instances,
			people: 1,
			leaseMs: 5_000,
			databaseUrl: options.databaseUrl,
			say,
			toConfig: toConfig([model]),
			addPlan: addCappedPlan(capNanoUsd),
			upstreamArgs: ["--prices", writePrices(folder, { inputUsdPerMTok, outputUsdPerMTok })],
			env: { REDIS_URL: redis.url, PARLEY_INSTANCES: String(instances) },
		},
		stack,
	);
	const raced = await race(options, stage, redis);
	const admin = await stage.addPerson({ email: "admin@example.com", role: "admin" });
	const money = await readMoneyRecords(stage, admin);
	const leastNanoUsd = (capNanoUsd * BigInt(heldTokensMin)) / (BigInt(tokens) * answersInCap);
	const found: Race = {
		capNanoUsd,
		...raced,
		...toSums(money),
		leastNanoUsd: leastNanoUsd + leastNanoUsd / 20n,
	};
	const report: Report = {
		title: `budget race: ${sends} sends, ${instances} instances, Redis ${redis.fate}, ${stage.databaseVersion}`,
		findings: judge(found),
		figures: { goals: [], notes: toNotes(found) },
		warnings: toWarnings(stage.outputs()),
	};
	return report;
}

function writePrices(folder: string, prices: Record<string, string>): string {
	const file = join(folder, "provider-prices.json");
	writeFileSync(file, JSON.stringify({ "sim-costly": prices }));
	return file;
}

function toSums({ invoice, lines, calls }: MoneyRecords) {
	const of = (account: "user" | "house") =>
		sum(lines.flatMap((line) => (line.account === account ? [line.amountNanoUsd] : [])));
	return {
		chargedNanoUsd: of("user"),
		houseNanoUsd: of("house"),
		ownNanoUsd: sum(calls.filter(isOwn).map(({ costNanoUsd }) => costNanoUsd)),
		invoiceNanoUsd: sum(invoice.map(({ costNanoUsd }) => costNanoUsd)),
	};
}

/** The money side by side, and what became of the sends. */
function toNotes(race: Race): string[] {
	const { capNanoUsd, polls, outcomes } = race;
	const most = polls
		.map(({ usedNanoUsd, reservedNanoUsd }) => usedNanoUsd + reservedNanoUsd)
		.reduce((max, held) => (held > max ? held : max), 0n);
	const codes = Map.groupBy(outcomes, ({ code }) => code ?? "accepted");
	const words = Array.from(codes, ([code, { length }]) => `${length} ${code}`).join(", ");
	const after = findLater(race).length;
	return [
		...toColumns([
			["", "US dollars", "below the cap"],
			...(
				[
					["cap", capNanoUsd],
					[`most used and held at once, of ${polls.length} polls`, most],
					["charged to the person", race.chargedNanoUsd],
					["borne by the house", race.houseNanoUsd],
					["of that, the server's own calls", race.ownNanoUsd],
					["the provider's invoice", race.invoiceNanoUsd],
				] as const
			).map(([what, nanoUsd]) => [what, toUsd(nanoUsd), toUsd(capNanoUsd - nanoUsd)]),
		]),
		"",
		`sends: ${words}; ${after} accepted after Redis was gone`,
	];
}

await runProof("budget-race", async (harness) => {
	const options = readOptions();
	if (!options) return help;
	const report = await run(options, await harness.open(), harness.stack);
	if (countOutcomes(report).failed > 0) process.exitCode = 1;
	return options.isJson ? toJson(report) : toText(report);
});
