import type * as z from "zod";
import type { ConfiguredModel, ConfiguredProvider } from "./config.ts";
import { type ConfiguredEmbedding, findEmbeddingMistakes } from "./config-embeddings.ts";

/** Providers that exist by their keys alone; a configured model may name them. */
export const builtInProviders = ["openai", "anthropic", "google", "ollama"];

interface Entries {
	/** In the file's order; null where an entry could not be read. */
	readonly providers: readonly (ConfiguredProvider | null)[];
	readonly models: readonly (ConfiguredModel | null)[];
	readonly embeddings: readonly (ConfiguredEmbedding | null)[];
	/** Providers that models may name, although their own entries have mistakes. */
	readonly unreadableIds: readonly string[];
}

/** What only shows when entries, or fields of one, are compared. */
export function findConfigMistakes({ providers, models, embeddings, unreadableIds }: Entries): string[] {
	const ids = providers.flatMap((one) => one?.id ?? []);
	const known = [...new Set([...ids, ...unreadableIds, ...builtInProviders])];
	return [
		...findProviderMistakes(providers),
		...findModelMistakes(models, known),
		...findEmbeddingMistakes(embeddings, {
			providerIds: known,
			kinds: new Map(providers.flatMap((one) => (one ? [[one.id, one.kind]] : []))),
			modelIds: models.flatMap((one) => one?.id ?? []),
		}),
	];
}

function findProviderMistakes(providers: Entries["providers"]): string[] {
	return providers.flatMap((one, index) => {
		if (one === null) return [];
		const at = `providers[${index}]`;
		const mistakes: string[] = [];
		if (isRepeated(providers, index)) mistakes.push(`${at}.id: is used twice`);
		if (one.kind === "openai-compatible") {
			if (one.baseUrl === undefined) mistakes.push(`${at}.baseUrl: is required for kind "openai-compatible"`);
		} else if (one.apiKeyEnv === undefined) {
			mistakes.push(`${at}.apiKeyEnv: is required for kind "${one.kind}"`);
		} else if (one.apiKey === null) {
			mistakes.push(`${at}.apiKeyEnv: the environment variable ${one.apiKeyEnv} is not set`);
		}
		return mistakes;
	});
}

function findModelMistakes(models: Entries["models"], providerIds: readonly string[]): string[] {
	return models.flatMap((one, index) => {
		if (one === null) return [];
		const at = `models[${index}]`;
		const mistakes: string[] = [];
		if (isRepeated(models, index)) mistakes.push(`${at}.id: is used twice`);
		if (!providerIds.includes(one.provider)) {
			mistakes.push(`${at}.provider: no such provider. Known: ${providerIds.join(", ")}`);
		}
		const { fallbacks = [] } = one;
		if (fallbacks.includes(one.id)) mistakes.push(`${at}.fallbacks: names the model itself`);
		if (new Set(fallbacks).size < fallbacks.length) mistakes.push(`${at}.fallbacks: names a model twice`);
		if (one.maxOutputTokens > one.contextWindow) {
			mistakes.push(`${at}.maxOutputTokens: must not exceed contextWindow`);
		}
		return mistakes;
	});
}

function isRepeated(entries: readonly ({ id: string } | null)[], index: number): boolean {
	return entries.findIndex((other) => other?.id === entries[index]?.id) < index;
}

/** The schema's complaints, each with its path. */
export function toIssueMistakes(issue: z.core.$ZodIssue): string[] {
	const at = issue.path.map((part) => (typeof part === "number" ? `[${part}]` : `.${String(part)}`)).join("");
	const prefix = at === "" ? "" : `${at.replace(/^\./, "")}: `;
	if (issue.code === "unrecognized_keys") {
		return issue.keys.map((key) => `${prefix}has no field "${key.slice(0, 60)}"`);
	}
	if (issue.code === "invalid_value") return [`${prefix}must be one of ${issue.values.join(", ")}`];
	if (issue.code === "invalid_type") return [`${prefix}${toTypeMistake(issue)}`];
	return [`${prefix}${issue.message}`];
}

function toTypeMistake(issue: z.core.$ZodIssueInvalidType): string {
	if (issue.input === undefined) return "is missing";
	if (issue.message.startsWith("must")) return issue.message;
	return `must be ${/^[aeio]/.test(issue.expected) ? "an" : "a"} ${issue.expected}`;
}
