import * as z from "zod";

/** An embedding model of a provider: its vectors say which messages mean the same. */
export interface ConfiguredEmbedding {
	readonly id: string;
	readonly provider: string;
	readonly providerModelId: string;
	/** Tokens of one text at most. */
	readonly contextWindow: number;
	/** Numbers of a vector, asked for and required; not set: as many as the model makes by itself. */
	readonly dimensions?: number | undefined;
	/** Texts of one call. */
	readonly textsPerCall: number;
	readonly languages: "all" | "English";
	readonly prices: { readonly inputUsdPerMTok: string } | null;
	readonly limits?: { requestsPerMinute?: number; tokensPerMinute?: number; concurrency?: number };
}

/** Characters of a message that are embedded are some 600, so every model of today has room for them. */
const usualWindow = 2_048;
const usualTexts = 48;

/** The entry of the file; its id, price and limits are written as those of other models. */
export const toEmbeddingSchema = <
	Id extends z.ZodType<string>,
	Price extends z.ZodType<string>,
	Limits extends z.ZodType,
>(fields: {
	readonly id: Id;
	readonly price: Price;
	readonly limits: Limits;
}) =>
	z.strictObject({
		id: fields.id.refine(
			(value) => value !== "on" && value !== "off",
			"must not be on or off, which are values of PARLEY_EMBEDDINGS themselves",
		),
		provider: z.string(),
		providerModelId: z.string().min(1, "must not be empty").max(500),
		contextWindow: z.int("must be a whole number of tokens").min(64).max(1_000_000).default(usualWindow),
		dimensions: z.int("must be a whole number").min(8).max(8_192).optional(),
		textsPerCall: z
			.int("must be a whole number")
			.min(10, "must be 10 to 50")
			.max(50, "must be 10 to 50")
			.default(usualTexts),
		languages: z.enum(["all", "English"]).default("all"),
		prices: z
			.strictObject({ inputUsdPerMTok: fields.price })
			.nullish()
			.transform((value) => value ?? null),
		limits: fields.limits.optional(),
	});

/** What only shows when entries are compared. */
export function findEmbeddingMistakes(
	embeddings: readonly (ConfiguredEmbedding | null)[],
	by: {
		readonly providerIds: readonly string[];
		readonly kinds: ReadonlyMap<string, string>;
		readonly modelIds: readonly string[];
	},
): string[] {
	return embeddings.flatMap((one, index) => {
		if (one === null) return [];
		const at = `embeddings[${index}]`;
		const isRepeated = embeddings.findIndex((other) => other?.id === one.id) < index;
		const kind = by.kinds.get(one.provider) ?? one.provider;
		return [
			...(isRepeated || by.modelIds.includes(one.id) ? [`${at}.id: is used twice`] : []),
			...(by.providerIds.includes(one.provider)
				? []
				: [`${at}.provider: no such provider. Known: ${by.providerIds.join(", ")}`]),
			...(kind === "anthropic" ? [`${at}.provider: Anthropic has no embedding models`] : []),
		];
	});
}
