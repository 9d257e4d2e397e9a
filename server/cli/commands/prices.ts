import type { Database } from "../../db/index.ts";
import type { ListedPrice, PriceBook } from "../../usage/index.ts";
import { type Command, type CommandContext, findOption } from "../command.ts";
import { asCount, asText, readKeyValues } from "../key-values.ts";
import { findUnknownModels } from "../look-up.ts";
import { toTable } from "../print.ts";

const keys = {
	input: asText("inputUsdPerMTok"),
	"cached-input": asText("cachedInputUsdPerMTok"),
	"cache-write": asText("cacheWriteUsdPerMTok"),
	"cache-write-1h": asText("cacheWrite1hUsdPerMTok"),
	output: asText("outputUsdPerMTok"),
	reasoning: asText("reasoningUsdPerMTok"),
	"long-above": asCount("aboveInputTokens"),
	"long-input": asText("longInputUsdPerMTok"),
	"long-cached-input": asText("longCachedInputUsdPerMTok"),
	"long-cache-write": asText("longCacheWriteUsdPerMTok"),
	"long-cache-write-1h": asText("longCacheWrite1hUsdPerMTok"),
	"long-output": asText("longOutputUsdPerMTok"),
};

export const pricesCommands: Command[] = [
	{
		name: "prices list",
		about: "every dated price; models without a price come last",
		usage: "[--model ID]",
		options: { model: { type: "string" } },
		run: async (context, options) => {
			const model = findOption(options, "model");
			const { createModels } = await import("../../models/index.ts");
			const models = await createModels({ settings: context.settings });
			try {
				const { listPrices, listUnpriced } = await import("../../usage/index.ts");
				return await withPriceBook(context, async (book) => {
					const prices = listPrices(book).filter((one) => model === undefined || one.modelId === model);
					const listed = models.list().filter(({ id }) => model === undefined || id === model);
					// A starting server prices these by the catalogue.
					const unpricedModelIds = listUnpriced(book, listed).filter(
						(id) => models.find(id)?.prices === null || models.find(id)?.prices === undefined,
					);
					return { json: { prices, unpricedModelIds }, text: toText(prices, unpricedModelIds) };
				});
			} finally {
				await models.close();
			}
		},
	},
	{
		name: "prices set",
		about: `a dated price, US dollars per million tokens: ${Object.keys(keys).join(", ")}`,
		usage: "MODEL input=USD output=USD ... [--from INSTANT]",
		options: { from: { type: "string" } },
		takesWords: true,
		run: async (context, options, words) => {
			const { name, values } = readKeyValues(words, keys);
			const { setPrice } = await import("../../usage/index.ts");
			const change = {
				modelId: name,
				prices: toPrices(values),
				validFrom: toInstant(findOption(options, "from")),
			};
			return await withPriceBook(context, async (book, db) => {
				const warning = await findUnknownModels(context, db, [name]);
				// setPrice validates the shape and reports every mistake.
				const price = await setPrice(book, change as Parameters<typeof setPrice>[1], null);
				return { json: price, text: toText([price], []), warning };
			});
		},
	},
];

/** A day is its first instant in UTC. */
const toInstant = (from: string | undefined) =>
	from !== undefined && /^\d{4}-\d\d-\d\d$/.test(from) ? `${from}T00:00:00Z` : from;

function toPrices({ aboveInputTokens, ...values }: Record<string, unknown>): Record<string, unknown> {
	const { longInputUsdPerMTok, longCachedInputUsdPerMTok, longOutputUsdPerMTok, ...others } = values;
	const { longCacheWriteUsdPerMTok, longCacheWrite1hUsdPerMTok, ...prices } = others;
	if (aboveInputTokens === undefined) return values;
	const longContext = {
		aboveInputTokens,
		inputUsdPerMTok: longInputUsdPerMTok ?? prices.inputUsdPerMTok,
		cachedInputUsdPerMTok: longCachedInputUsdPerMTok ?? prices.cachedInputUsdPerMTok ?? null,
		// Left out: the same multiple of the input price as in the row for short inputs.
		cacheWriteUsdPerMTok: longCacheWriteUsdPerMTok,
		cacheWrite1hUsdPerMTok: longCacheWrite1hUsdPerMTok,
		outputUsdPerMTok: longOutputUsdPerMTok ?? prices.outputUsdPerMTok,
		reasoningUsdPerMTok: prices.reasoningUsdPerMTok ?? null,
	};
	return { ...prices, longContext };
}

async function withPriceBook<Result>(
	context: CommandContext,
	run: (book: PriceBook, db: Database) => Promise<Result>,
): Promise<Result> {
	const { createPriceBook } = await import("../../usage/index.ts");
	const { createNotices } = await import("../../db/index.ts");
	const db = await context.openDatabase();
	// Notifies running servers at once; without it they reload within seconds.
	const notices = await createNotices(db, `cli:${process.pid}`);
	const book = await createPriceBook({ db, notices, listed: [] });
	try {
		return await run(book, db);
	} finally {
		book.close();
		await notices.close();
	}
}

function toText(prices: readonly ListedPrice[], unpriced: readonly string[]): string {
	const rows = prices.map(({ modelId, validFrom, source, isInForce, prices: one }) => [
		modelId,
		validFrom,
		isInForce ? "yes" : "",
		source,
		one.inputUsdPerMTok,
		one.cachedInputUsdPerMTok ?? "",
		one.cacheWriteUsdPerMTok ?? "",
		one.cacheWrite1hUsdPerMTok ?? "",
		one.outputUsdPerMTok,
		one.longContext ? "yes" : "",
	]);
	const classes = ["input", "cached", "cache write", "for 1 h", "output"];
	const heads = ["model", "from", "in force", "source", ...classes, "long context"];
	const table = toTable(heads, rows);
	return unpriced.length > 0
		? `${table}\n\nnot priced, so charged at the ceiling price: ${unpriced.join(", ")}`
		: table;
}
