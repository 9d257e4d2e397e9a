import * as z from "zod";
import {
	isAutoModel,
	type ModelAbility,
	type ModelTier,
	modelAbilities,
	modelTiers,
} from "../contract/kinds.ts";
import { type ConfiguredEmbedding, toEmbeddingSchema } from "./config-embeddings.ts";
import { builtInProviders, findConfigMistakes, toIssueMistakes } from "./config-mistakes.ts";

/** What may be asked of a provider or of one of its models; what is not named is not limited. */
export interface ConfiguredLimits {
	requestsPerMinute?: number;
	/** Input and output together. */
	tokensPerMinute?: number;
	/** Calls at the same time. */
	concurrency?: number;
}

/** The API that a provider speaks. */
const providerKinds = ["openai-compatible", "openai", "openai-responses", "anthropic", "google"] as const;

/** How a server wants to be asked, where it differs from what its kind documents; what is not named is found out. */
export interface ConfiguredRequest {
	/** The field for the output limit. */
	outputLimitField?: "max_tokens" | "max_completion_tokens" | undefined;
	/** Whether usage is asked for with `stream_options`. */
	streamUsage?: boolean | undefined;
	/** Whether answers are asked for as streams. */
	stream?: boolean | undefined;
	/** Whether messages of one role in a row are sent as one. */
	alternatingRoles?: boolean | undefined;
	/** How instructions are sent: as the system's, or at the beginning of the first user message. */
	systemRole?: "system" | "user" | undefined;
	/** How long Anthropic is asked to keep what requests begin with. */
	promptCache?: "off" | "auto" | "5m" | "1h" | undefined;
	/** Whether requests of one thread carry the same `prompt_cache_key`. */
	promptCacheKey?: boolean | undefined;
}

export interface ConfiguredProvider {
	id: string;
	kind: (typeof providerKinds)[number];
	baseUrl?: string;
	/** The value of the variable named by `apiKeyEnv`; null = no key is sent. */
	apiKey: string | null;
	apiKeyEnv?: string;
	/** Shared by all its models that have none of their own. */
	limits?: ConfiguredLimits;
	/** Seconds that its server may take to load a model before it answers; 0: it never loads one. */
	loadSeconds?: number;
	/** Of all its models; a model's own fields come first. */
	request?: ConfiguredRequest | undefined;
}

export interface ConfiguredPrices {
	/** Decimal strings, US dollars per million tokens. */
	inputUsdPerMTok: string;
	cachedInputUsdPerMTok?: string | undefined;
	cacheWriteUsdPerMTok?: string | undefined;
	/** Written to a cache that lasts 1 hour. */
	cacheWrite1hUsdPerMTok?: string | undefined;
	outputUsdPerMTok: string;
	reasoningUsdPerMTok?: string | undefined;
}

export interface ConfiguredModel {
	id: string;
	provider: string;
	/** Passed to the provider unchanged, whatever characters it holds. */
	providerModelId: string;
	tier: ModelTier;
	contextWindow: number;
	maxOutputTokens: number;
	/** What it can read or do beyond text; guessed from its name when absent. */
	abilities?: ModelAbility[] | undefined;
	prices: ConfiguredPrices | null;
	/** Catalogue ids that may answer in its place, in this order; not set: the models that the rule for fallbacks finds. */
	fallbacks?: string[] | undefined;
	/** Counted apart from its provider's. */
	limits?: ConfiguredLimits;
	request?: ConfiguredRequest | undefined;
}

/** What the file named by `PARLEY_CONFIG` adds to the catalogue. */
export interface ParleyConfig {
	providers: ConfiguredProvider[];
	models: ConfiguredModel[];
	embeddings: ConfiguredEmbedding[];
}

const id = z
	.string()
	.regex(/^[A-Za-z0-9][A-Za-z0-9._:/-]{0,99}$/, "must be 1 to 100 letters, digits or . _ : / -");
/** Shown to people and sent by callers, never part of an address or a file name: any visible characters will do. */
const modelId = z
	.string()
	.regex(/^[^\p{C}\p{Z}]([^\p{C}]{0,298}[^\p{C}\p{Z}])?$/u, "must be 1 to 300 visible characters");
const decimal = z
	.string('must be a decimal number in quotes, such as "0.15"')
	.regex(
		/^\d{1,6}(\.\d{1,9})?$/,
		'must be a decimal number of US dollars per million tokens, such as "0.15"',
	);
const tokens = z.int("must be a whole number of tokens").min(1, "must be at least 1").max(100_000_000);

const limit = z.int("must be a whole number").min(1, "must be at least 1").max(1_000_000_000);
const limits = z
	.strictObject({
		requestsPerMinute: limit.optional(),
		tokensPerMinute: limit.optional(),
		concurrency: limit.optional(),
	})
	.refine(
		(named) => Object.keys(named).length > 0,
		"must name requestsPerMinute, tokensPerMinute or concurrency",
	);

const request = z.strictObject({
	outputLimitField: z.enum(["max_tokens", "max_completion_tokens"]).optional(),
	streamUsage: z.boolean().optional(),
	stream: z.boolean().optional(),
	alternatingRoles: z.boolean().optional(),
	systemRole: z.enum(["system", "user"]).optional(),
	promptCache: z.enum(["off", "auto", "5m", "1h"]).optional(),
	promptCacheKey: z.boolean().optional(),
});

const provider = z.strictObject({
	id: id.refine(
		(value) => !builtInProviders.includes(value),
		"is the name of a built-in provider: choose another",
	),
	kind: z.enum(providerKinds),
	baseUrl: z.url({ protocol: /^https?$/, error: "must be an http:// or https:// address" }).optional(),
	apiKeyEnv: z
		.string()
		.regex(/^[A-Za-z_][A-Za-z0-9_]*$/, "must be the name of an environment variable, never the key itself")
		.optional(),
	limits: limits.optional(),
	loadSeconds: z.int("must be a whole number of seconds").min(0).max(3_600).optional(),
	request: request.optional(),
});

const prices = z.strictObject({
	inputUsdPerMTok: decimal,
	cachedInputUsdPerMTok: decimal.optional(),
	cacheWriteUsdPerMTok: decimal.optional(),
	cacheWrite1hUsdPerMTok: decimal.optional(),
	outputUsdPerMTok: decimal,
	reasoningUsdPerMTok: decimal.optional(),
});

const model = z.strictObject({
	id: modelId.refine(
		(value) => !isAutoModel(value),
		'must not be "auto", "auto/fast" or "auto/best", which mean: let the server choose',
	),
	provider: z.string(),
	providerModelId: z.string().min(1, "must not be empty").max(500),
	tier: z.enum(modelTiers),
	contextWindow: tokens,
	maxOutputTokens: tokens,
	abilities: z.array(z.enum(modelAbilities)).optional(),
	prices: prices.nullish().transform((value) => value ?? null),
	fallbacks: z.array(modelId).max(10).optional(),
	limits: limits.optional(),
	request: request.optional(),
});

const embedding = toEmbeddingSchema({ id: modelId, price: decimal, limits });

/** What can still be looked at in a file with mistakes. */
const looseFile = z.object({
	providers: z.array(z.unknown()).catch([]),
	models: z.array(z.unknown()).catch([]),
	embeddings: z.array(z.unknown()).catch([]),
});
const withId = z.object({ id: z.string() });

const configFile = z.strictObject({
	$schema: z.string().optional(),
	providers: z.array(provider).default([]),
	models: z.array(model).default([]),
	embeddings: z.array(embedding).default([]),
});

/**
 * Reads the text of a configuration file. Collects every mistake, each beginning with its path (`models[0].tier: ...`)
 * and never quoting a value: a key pasted into the wrong field must not reach a log.
 */
export function parseConfig(
	text: string,
	findKey: (variableName: string) => string | null,
): { config: ParleyConfig; mistakes: string[] } {
	const empty: ParleyConfig = { providers: [], models: [], embeddings: [] };
	let json: unknown;
	try {
		json = JSON.parse(text);
	} catch (error) {
		return { config: empty, mistakes: [`is not valid JSON${toPosition(error)}`] };
	}
	const withKey = (one: z.output<typeof provider>): ConfiguredProvider => ({
		...one,
		apiKey: one.apiKeyEnv === undefined ? null : findKey(one.apiKeyEnv),
	});
	const parsed = configFile.safeParse(json, { reportInput: true });
	if (parsed.success) {
		const { models, embeddings } = parsed.data;
		const config = { providers: parsed.data.providers.map(withKey), models, embeddings };
		return { config, mistakes: findConfigMistakes({ ...config, unreadableIds: [] }) };
	}
	// What a valid entry has wrong beside the others is reported in the same run.
	const given = looseFile.safeParse(json).data ?? empty;
	const { providers: givenProviders, models: givenModels } = given;
	const readable = {
		providers: givenProviders.map((one) => provider.transform(withKey).safeParse(one).data ?? null),
		models: givenModels.map((one) => model.safeParse(one).data ?? null),
		embeddings: given.embeddings.map((one) => embedding.safeParse(one).data ?? null),
		unreadableIds: givenProviders.flatMap((one) => withId.safeParse(one).data?.id ?? []),
	};
	return {
		config: empty,
		mistakes: [...parsed.error.issues.flatMap(toIssueMistakes), ...findConfigMistakes(readable)],
	};
}

/** V8 quotes the text around a JSON mistake; only the place is passed on. */
function toPosition(error: unknown): string {
	const place = error instanceof Error ? /line \d+ column \d+/.exec(error.message) : null;
	return place === null ? "" : ` (${place[0]})`;
}
