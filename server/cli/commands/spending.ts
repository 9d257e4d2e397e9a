import { getUserId } from "../../auth/index.ts";
import type { Database } from "../../db/index.ts";
import type { SpendingPause, SpendingScope } from "../../quota/index.ts";
import { type Command, findOption, findReason, type Options, UsageError } from "../command.ts";
import { listModelIds } from "../look-up.ts";
import { toTable } from "../print.ts";

const scopeOptions = {
	plan: { type: "string" },
	user: { type: "string" },
	model: { type: "string" },
} as const;

export const spendingCommands: Command[] = [
	{
		name: "spending pause",
		about:
			"refuses new answers at once, on every instance: all, or those of one plan, user (email or id) or model",
		usage: "[--plan P | --user U | --model M] [--reason R]",
		options: { ...scopeOptions, reason: { type: "string" } },
		run: async (context, options) => {
			requireOneScope(options);
			const reason = await findReason(options);
			const { pauseSpending } = await import("../../quota/index.ts");
			const db = await context.openDatabase();
			const scope = await toScope(db, options);
			const by = { by: null, reason, listModelIds: () => listModelIds(context) };
			const pause = await pauseSpending(db, { scope, ...by });
			return { json: pause, text: `Paused: ${pause.scope}, since ${pause.pausedAt}` };
		},
	},
	{
		name: "spending resume",
		about: "ends the pause of exactly that scope",
		usage: "[--plan P | --user U | --model M]",
		options: scopeOptions,
		run: async (context, options) => {
			requireOneScope(options);
			const { listSpendingPauses, resumeSpending } = await import("../../quota/index.ts");
			const db = await context.openDatabase();
			const wasPaused = await resumeSpending(db, { scope: await toScope(db, options), by: null });
			const pauses = await listSpendingPauses(db);
			const text = [wasPaused ? "Resumed." : "This was not paused.", toText(pauses)].filter(Boolean);
			return { json: { wasPaused, pauses }, text: text.join("\n\n"), isRefused: !wasPaused };
		},
	},
	{
		name: "spending list",
		about: "lists the pauses",
		usage: "",
		options: {},
		run: async (context) => {
			const { listSpendingPauses } = await import("../../quota/index.ts");
			const pauses = await listSpendingPauses(await context.openDatabase());
			return { json: pauses, text: toText(pauses) || "Nothing is paused." };
		},
	},
];

function requireOneScope(options: Options): void {
	const given = ["plan", "user", "model"].filter((name) => findOption(options, name) !== undefined);
	if (given.length > 1) throw new UsageError("Give only one of --plan, --user and --model");
}

async function toScope(db: Database, options: Options): Promise<SpendingScope> {
	const [plan, user, model] = ["plan", "user", "model"].map((name) => findOption(options, name));
	if (plan !== undefined) return { kind: "plan", id: plan };
	if (user !== undefined) return { kind: "user", id: await getUserId(db, user) };
	if (model !== undefined) return { kind: "model", id: model };
	return { kind: "all" };
}

function toText(pauses: readonly SpendingPause[]): string {
	if (pauses.length === 0) return "";
	const rows = pauses.map(({ scope, pausedAt, reason }) => [scope, pausedAt, reason ?? ""]);
	return toTable(["paused", "since", "reason"], rows);
}
