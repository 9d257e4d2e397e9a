import { readFile } from "node:fs/promises";
import type { Database } from "../../db/index.ts";
import type { Models } from "../../models/index.ts";
import type { CalibrationReport, Policies } from "../../routing/index.ts";
import { type Command, type CommandContext, findOption, type Options, UsageError } from "../command.ts";
import { withModels } from "../look-up.ts";
import { toShortUsd, toTable } from "../print.ts";

const text = { type: "string" } as const;
type Listed = Awaited<ReturnType<Policies["list"]>>[number];

export const routingCommands: Command[] = [
	{
		name: "routing show",
		about: "the policies by which Auto chooses between small and strong models, newest first",
		usage: "",
		options: {},
		run: (context) =>
			withPolicies(context, async ({ policies }) => {
				const listed = await policies.list();
				return { json: listed, text: toText(listed) };
			}),
	},
	{
		name: "routing draft",
		about: "keeps the policy of a JSON file; it decides nothing until it is published",
		usage: "FILE",
		options: {},
		takesWords: true,
		run: (context, _, words) =>
			withPolicies(context, async ({ policies }) => {
				const drafted = await policies.draft(await readPolicy(words), null);
				return { json: drafted, text: `Policy ${drafted.version} is drafted` };
			}),
	},
	{
		name: "routing publish",
		about: "puts a policy in force, for so many of a hundred people (100)",
		usage: "VERSION [--percent N]",
		options: { percent: text },
		takesWords: true,
		run: (context, options, words) =>
			withPolicies(context, async ({ policies }) => {
				const version = toWhole(
					onlyWord(words, "Name one policy by its version: see routing show"),
					"VERSION",
				);
				const rolloutPercent = readWhole(options, "percent", { least: 1, most: 100 }) ?? 100;
				const published = await policies.publish({ version, rolloutPercent }, null);
				return { json: published, text: `Policy ${version} decides for ${rolloutPercent} % of people` };
			}),
	},
	{
		name: "routing rollback",
		about: "withdraws the newest policy in force; the one before it decides again",
		usage: "",
		options: {},
		run: (context) =>
			withPolicies(context, async ({ policies }) => {
				const withdrawn = await policies.rollBack(null);
				return { json: withdrawn, text: `Policy ${withdrawn.version} is withdrawn` };
			}),
	},
	{
		name: "routing dry-run",
		about:
			"what the policy of a JSON file would have made of the newest turns (500), and what they would have cost",
		usage: "FILE [--turns N] [--all-models]",
		options: { turns: text, "all-models": { type: "boolean" } },
		takesWords: true,
		run: (context, options, words) => dryRun(context, options, words),
	},
	{
		name: "routing report",
		about: "what became of Auto's decisions, and whether the router should be trained again",
		usage: "[--from DAY] [--to DAY]",
		options: { from: text, to: text },
		run: async (context, options) => {
			const { readCalibration } = await import("../../routing/index.ts");
			const range = { from: findOption(options, "from"), to: findOption(options, "to") };
			const report = await readCalibration(await context.openDatabase(), range);
			return { json: report, text: toReportText(report) };
		},
	},
	{
		name: "routing shadow",
		about: "what shadow mode found: how often the cheap model's answer was enough",
		usage: "[--from DAY] [--to DAY]",
		options: { from: text, to: text },
		run: async (context, options) => {
			const { readShadowReport } = await import("../../house/index.ts");
			const range = { from: findOption(options, "from"), to: findOption(options, "to") };
			const report = await readShadowReport(await context.openDatabase(), range);
			const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
			const rows = report.roads.map(({ road, isStrongShown, n, cheapIsEnough: enough }) => [
				road,
				isStrongShown ? "strong" : "cheap",
				String(n),
				`${percent(enough.share)} (${percent(enough.low)} to ${percent(enough.high)})`,
			]);
			const cost = `Shadow mode cost $${toShortUsd(report.shadowNanoUsd)}, its judge $${toShortUsd(report.judgeNanoUsd)}`;
			return { json: report, text: `${toTable(["road", "shown", "n", "cheap is enough"], rows)}\n${cost}` };
		},
	},
];

const advices = {
	too_few: "Too few cases to say whether the router tells requests apart here.",
	enough: "The router ranks requests better than chance here.",
	retrain: "The router ranks requests no better than chance here: train it again, or turn the dial.",
};

function toReportText({ roads, faults, ranking, advice }: CalibrationReport): string {
	const rows = roads.map((road) => [
		road.road,
		String(road.turns),
		toShortUsd(road.chargedNanoUsd),
		toShortUsd(road.savedNanoUsd),
		String(road.acceptedDrafts),
		String(road.rejectedDrafts),
		`${road.retried} (${road.retriedStronger})`,
	]);
	const heads = [
		"road",
		"turns",
		"charged",
		"saved",
		"drafts accepted",
		"rejected",
		"asked again (stronger)",
	];
	const wrong = faults.map(({ fault, drafts }) => `${fault} ${drafts}`).join(", ");
	const [share, low, high] = [ranking?.share, ranking?.low, ranking?.high].map((part) => part?.toFixed(2));
	return [
		toTable(heads, rows),
		...(wrong === "" ? [] : [`Faults of drafts: ${wrong}`]),
		...(ranking === null ? [] : [`Ranking ${share} (${low} to ${high}; 0.5 is chance)`]),
		advices[advice],
	].join("\n");
}

async function dryRun(context: CommandContext, options: Options, words: readonly string[]) {
	return await withPolicies(context, async ({ policies, models, db }) => {
		const policy = policies.parse(await readPolicy(words));
		const turnsMax = readWhole(options, "turns", { least: 1, most: 5_000 }) ?? 500;
		const { tryPolicy } = await import("../../routing/index.ts");
		const prices = await readPrices(db);
		const ofAllModels = options["all-models"] === true;
		const findPrices = (id: string) => prices.get(id) ?? models.find(id)?.prices ?? null;
		const tried = await tryPolicy(db, policy, { turnsMax, ofAllModels, models, findPrices });
		const roads = Object.entries(tried.roads).map(([road, count]) => `${road} ${count}`);
		const lines = [
			`${tried.turns} turns: ${roads.join(", ")}`,
			`Cost before $${toShortUsd(tried.beforeNanoUsd)}, after $${toShortUsd(tried.afterNanoUsd)}`,
			`Of drafts ${(100 * tried.escalatedShare).toFixed(0)} % go on to a strong model (${tried.isEscalationMeasured ? "measured" : "assumed"})`,
			...(tried.unpriced > 0 ? [`${tried.unpriced} turns are left out: a price is not known`] : []),
		];
		return { json: tried, text: lines.join("\n") };
	});
}

/** The prices in force now. */
async function readPrices(db: Database) {
	const { createNotices } = await import("../../db/index.ts");
	const { createPriceBook } = await import("../../usage/index.ts");
	const notices = await createNotices(db, `cli:${process.pid}:prices`);
	const book = await createPriceBook({ db, notices, listed: [] });
	try {
		const now = Date.now();
		const rows = book.list().filter(({ validFrom }) => validFrom.getTime() <= now);
		return new Map(rows.toReversed().map(({ modelId, prices }) => [modelId, prices]));
	} finally {
		book.close();
		await notices.close();
	}
}

interface PolicyRooms {
	readonly policies: Policies;
	readonly models: Models;
	readonly db: Database;
}

async function withPolicies<Result>(
	context: CommandContext,
	run: (rooms: PolicyRooms) => Promise<Result>,
): Promise<Result> {
	const { createPolicies } = await import("../../routing/index.ts");
	const { createNotices } = await import("../../db/index.ts");
	return await withModels(context, async (models) => {
		const db = await context.openDatabase();
		// Notifies running servers at once; without it they reload within seconds.
		const notices = await createNotices(db, `cli:${process.pid}`);
		const hasModel = (id: string) => models.find(id) !== undefined;
		const policies = await createPolicies({ db, notices, hasModel });
		try {
			return await run({ policies, models, db });
		} finally {
			policies.close();
			await notices.close();
		}
	});
}

/** The only word of a command. @throws {UsageError} */
function onlyWord(words: readonly string[], otherwise: string): string {
	const [word, ...others] = words;
	if (word === undefined || others.length > 0) throw new UsageError(otherwise);
	return word;
}

/** @throws {UsageError} for a file that cannot be read or is no JSON. */
async function readPolicy(words: readonly string[]): Promise<unknown> {
	const file = onlyWord(words, "Name one JSON file with a policy");
	const written = await readFile(file, "utf8").catch(() => {
		throw new UsageError(`${file} cannot be read`);
	});
	try {
		return JSON.parse(written);
	} catch (error) {
		throw new UsageError(`${file} is no JSON: ${error instanceof Error ? error.message : String(error)}`);
	}
}

/** @throws {UsageError} */
function toWhole(given: string, name: string, { least = 1, most = 2_147_483_647 } = {}): number {
	const value = /^\d{1,10}$/.test(given) ? Number(given) : Number.NaN;
	if (value >= least && value <= most) return value;
	throw new UsageError(`${name} must be a whole number from ${least} to ${most}`);
}

function readWhole(options: Options, name: string, bounds: { least: number; most: number }): number | null {
	const given = findOption(options, name);
	return given === undefined ? null : toWhole(given, `--${name}`, bounds);
}

function toText(listed: readonly Listed[]): string {
	if (listed.length === 0) return "No policy: Auto is the default model.";
	const heads = ["version", "in force", "people", "dial", "small", "strong", "published", "withdrawn"];
	const rows = listed.map(({ version, isInForce, rolloutPercent, policy, publishedAt, withdrawnAt }) => [
		String(version),
		isInForce ? "yes" : "",
		`${rolloutPercent} %`,
		String(policy.dial),
		policy.small.join(","),
		policy.strong.join(","),
		publishedAt?.slice(0, 16) ?? "",
		withdrawnAt?.slice(0, 16) ?? "",
	]);
	return toTable(heads, rows);
}
