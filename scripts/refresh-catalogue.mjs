/**
 * Writes server/models/catalogue/catalogue.json: the current chat models of OpenAI, Anthropic and Google with their context
 * windows, output limits and prices. Run after `npm i -E @pydantic/genai-prices@<newest>`:
 *
 *     node scripts/refresh-catalogue.mjs [--date 2026-11-23]
 *
 * Source of ids, names, context windows and prices: the npm package `@pydantic/genai-prices` (MIT, Pydantic), which
 * records each provider's own price page and is updated by its community within days. The file's `source` field names
 * the version and the day whose prices were taken. Three things are not in that source and are rules of this script, from
 * the providers' model pages: the largest output of a family (`families`), its abilities (images, documents and tools unless
 * the family says otherwise), and which families count as current chat models. `tier` is a rule on the price of output: up to 5 USD per million tokens is small, up to 15 medium, else large.
 */
import { readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";
import { findProvider } from "@pydantic/genai-prices";

const packageName = "@pydantic/genai-prices";
const target = fileURLToPath(new URL("../server/models/catalogue/catalogue.json", import.meta.url));

/**
 * First match wins; `maxOutputTokens: 0` leaves a family out (not for chat, or replaced by a newer one of its line). `contextWindow` is used only where the source has none.
 * OpenAI's "pro" and "codex" models answer only on its Responses API, so they need a provider of kind `openai-responses` in the config file.
 */
const families = {
	openai: [
		{
			id: /-(pro|codex|image|audio|realtime|transcribe|tts|search|deep|chat|instruct)\b/,
			maxOutputTokens: 0,
		},
		{ id: /^gpt-4o(-mini)?$/, maxOutputTokens: 16384 },
		{ id: /^gpt-4\.1(-mini|-nano)?$/, maxOutputTokens: 32768 },
		{ id: /^gpt-5\.3$/, maxOutputTokens: 16384, providerModelId: "gpt-5.3-chat-latest" },
		{ id: /^gpt-([5-9]|\d\d)(\.\d+)?(-[a-z]+)?$/, maxOutputTokens: 128000, isReasoning: true },
		{ id: /^o3-mini$/, maxOutputTokens: 100000, isReasoning: true, abilities: ["tools"] },
		{ id: /^o[34](-mini)?$/, maxOutputTokens: 100000, isReasoning: true },
	],
	anthropic: [
		{ id: /^claude-[a-z]+-4-[01]$/, maxOutputTokens: 0 },
		{ id: /^claude-[a-z]+-4-5$/, maxOutputTokens: 64000 },
		{ id: /^claude-[a-z]+-4-\d+$/, maxOutputTokens: 128000 },
		{ id: /^claude-[a-z]+-([5-9]|\d\d)(-\d+)?$/, maxOutputTokens: 128000, isReasoning: true },
	],
	google: [
		{ id: /^gemini-3-pro-preview$/, maxOutputTokens: 0 },
		{
			id: /^gemini-(2\.5|[3-9]|[3-9]\.\d+)-(pro|flash|flash-lite)(-preview)?$/,
			maxOutputTokens: 65536,
			contextWindow: 1048576,
			isReasoning: true,
		},
	],
};

/** The prices in force on a day: the last dated row that has begun, and of rows by time of day the most expensive. */
function pricesOn(date, prices) {
	if (!Array.isArray(prices)) return prices;
	const isTimed = prices.some((row) => row.constraint?.type === "time_of_date");
	if (isTimed)
		return prices
			.map((row) => row.prices)
			.sort((a, b) => basePrice(b.output_mtok) - basePrice(a.output_mtok))[0];
	return prices.findLast((row) => !row.constraint || row.constraint.start_date <= date)?.prices ?? {};
}

const basePrice = (price) => (typeof price === "object" ? price.base : price);

/** A decimal string without an exponent; prices are never finer than a nano-dollar per token. */
function toDecimal(price) {
	if (price === undefined) return undefined;
	if (!Number.isFinite(price) || price < 0) throw new Error(`a price is ${price}`);
	return price.toFixed(6).replace(/\.?0+$/, "");
}

const priceClasses = {
	inputUsdPerMTok: "input_mtok",
	cachedInputUsdPerMTok: "cache_read_mtok",
	cacheWriteUsdPerMTok: "cache_write_mtok",
	outputUsdPerMTok: "output_mtok",
};

const toPrices = (prices, pick) =>
	Object.fromEntries(
		Object.entries(priceClasses)
			.map(([name, source]) => [name, toDecimal(pick(prices[source]))])
			.filter(([, value]) => value !== undefined),
	);

/** Some models cost more once a prompt passes a length: the more expensive row beside the base row, or nothing. */
function toLongContext(prices) {
	const tiers = prices.input_mtok?.tiers;
	if (!tiers?.length) return undefined;
	const last = (price) => (typeof price === "object" ? (price.tiers.at(-1)?.price ?? price.base) : price);
	return { aboveInputTokens: tiers[0].start, ...toPrices(prices, last) };
}

function toTier(outputUsdPerMTok) {
	if (outputUsdPerMTok <= 5) return "small";
	return outputUsdPerMTok <= 15 ? "medium" : "large";
}

function toEntry(providerId, model, date) {
	const family = families[providerId].find((candidate) => candidate.id.test(model.id));
	const prices = pricesOn(date, model.prices);
	const output = basePrice(prices.output_mtok);
	const contextWindow = model.context_window ?? family?.contextWindow;
	if (!family?.maxOutputTokens || model.deprecated || !output || !prices.input_mtok || !contextWindow)
		return [];
	return [
		{
			id: family.providerModelId ?? model.id,
			providerId,
			name: model.name ?? model.id,
			tier: toTier(output),
			contextWindow,
			maxOutputTokens: Math.min(family.maxOutputTokens, contextWindow),
			isReasoning: family.isReasoning ?? false,
			abilities: family.abilities ?? ["images", "files", "tools"],
			prices: toPrices(prices, basePrice),
			longContextPrices: toLongContext(prices),
		},
	];
}

/** OpenAI's names come in three spellings ("gpt 4o", "GPT-5.1 mini"): one spelling in the list that people choose from. */
const toName = (name) =>
	name
		.replace(/^gpt /i, "GPT-")
		.replace(/ High$/, "")
		.replace(
			/\b(mini|nano|luna|sol|terra|astra)\b/gi,
			(word) => word[0].toUpperCase() + word.slice(1).toLowerCase(),
		);

export function toCatalogueFile(version, date) {
	const models = Object.keys(families)
		.flatMap((id) =>
			(findProvider({ providerId: id })?.models ?? []).flatMap((model) => toEntry(id, model, date)),
		)
		.map((model) => ({ ...model, name: toName(model.name) }))
		.sort((a, b) => (`${a.providerId} ${a.id}` < `${b.providerId} ${b.id}` ? -1 : 1));
	const source = { package: packageName, version, license: "MIT", pricesAsOf: date };
	const lines = models.map((model) => JSON.stringify(model)).join(",\n");
	return `{"source":${JSON.stringify(source)},\n"models":[\n${lines}\n]}\n`;
}

/** The package does not export its package.json, so its version is read from beside its entry file. */
async function readVersion() {
	const entry = createRequire(import.meta.url).resolve(packageName);
	return JSON.parse(await readFile(new URL("../package.json", pathToFileURL(entry)), "utf8")).version;
}

const flag = process.argv.indexOf("--date");
const date = flag > 0 ? process.argv[flag + 1] : new Date().toISOString().slice(0, 10);
if (!/^\d{4}-\d\d-\d\d$/.test(date ?? "")) throw new Error("--date takes a day as YYYY-MM-DD");
const file = toCatalogueFile(await readVersion(), date);
await writeFile(target, file);
console.log(`${target}: ${file.split("\n").length - 4} models, prices as of ${date}`);
