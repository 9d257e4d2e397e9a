import type { ListedBreaker } from "../../resilience/index.ts";
import { type Command, findReason, UsageError } from "../command.ts";
import { withModels } from "../look-up.ts";
import { toTable } from "../print.ts";

const reasonOption = { reason: { type: "string" } } as const;

export const breakersCommands: Command[] = [
	{
		name: "breakers list",
		about: "breakers that are open or were opened before; all others are closed",
		usage: "",
		options: {},
		run: async (context) => {
			const { listBreakers } = await import("../../resilience/index.ts");
			const breakers = await listBreakers((await context.openDatabase()).sql);
			return { json: breakers, text: toText(breakers) };
		},
	},
	{
		name: "breakers open",
		about:
			"stops calls to provider/model, or to all models of a provider, on every instance until it is closed",
		usage: "DEPLOYMENT [--reason R]",
		options: reasonOption,
		takesWords: true,
		run: async (context, options, words) => {
			const key = toKey(words);
			const known = await withModels(context, async (models) =>
				models
					.list()
					.flatMap(({ providerId, providerModelId }) => [providerId, `${providerId}/${providerModelId}`]),
			);
			if (!known.includes(key))
				return { json: { isChanged: false }, text: `There is no model "${key}".`, isRefused: true };
			const { setBreaker } = await import("../../resilience/index.ts");
			const { sql } = await context.openDatabase();
			const order = { key, by: null, reason: await findReason(options) };
			const isChanged = await setBreaker(sql, { ...order, to: "open" });
			return { json: { isChanged }, text: isChanged ? `Open: ${key}` : `${key} was opened manually before.` };
		},
	},
	{
		name: "breakers close",
		about: "allows calls again, whatever failures were counted",
		usage: "DEPLOYMENT [--reason R]",
		options: reasonOption,
		takesWords: true,
		run: async (context, options, words) => {
			const key = toKey(words);
			const { setBreaker } = await import("../../resilience/index.ts");
			const { sql } = await context.openDatabase();
			const order = { key, by: null, reason: await findReason(options) };
			const isChanged = await setBreaker(sql, { ...order, to: "closed" });
			const text = isChanged ? `Closed: ${key}` : `${key} was not open.`;
			return { json: { isChanged }, text, isRefused: !isChanged };
		},
	},
];

/** @throws {UsageError} unless there is exactly one word. */
function toKey(words: readonly string[]): string {
	const [key, ...rest] = words;
	if (key === undefined || key === "" || rest.length > 0)
		throw new UsageError(
			"Name one provider/model, or one provider, as `models list` and the config file write it",
		);
	return key;
}

function toText(breakers: readonly ListedBreaker[]): string {
	if (breakers.length === 0) return "Every breaker is closed.";
	const rows = breakers.map(({ key, state, openUntil, throttledUntil, changedAt, lastError, ...row }) => [
		key,
		toStateWords({ state, ...row }),
		changedAt,
		(state === "open" && openUntil) || "",
		throttledUntil ?? "",
		lastError ? `${lastError.class}, ${lastError.at}` : "",
	]);
	return toTable(["deployment", "state", "since", "open until", "throttled until", "last error"], rows);
}

function toStateWords({
	state,
	isHeld,
	isForOnePerson,
}: Pick<ListedBreaker, "state" | "isHeld" | "isForOnePerson">) {
	if (isHeld) return "open (manually)";
	return `${state.replace("_", " ")}${isForOnePerson ? " (for one person)" : ""}`;
}
