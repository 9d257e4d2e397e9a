import { resolve } from "node:path";
import { toNanoUsd } from "../kernel/usd.ts";
import type { ParleyConfig } from "./config.ts";
import type { Values, VariableName } from "./env-variables.ts";
import type { Settings } from "./settings.ts";

/** Puts the values together; adds to `mistakes` what only shows when several are compared. */
export function toSettings(values: Values, config: ParleyConfig, mistakes: string[]): Settings {
	const oauthClient = (prefix: "GITHUB" | "GOOGLE" | "OIDC") =>
		toGroup(
			{ clientId: `${prefix}_CLIENT_ID`, clientSecret: `${prefix}_CLIENT_SECRET` } as const,
			values,
			mistakes,
		);
	const oidc = toGroup(
		{ issuer: "OIDC_ISSUER", clientId: "OIDC_CLIENT_ID", clientSecret: "OIDC_CLIENT_SECRET" },
		values,
		mistakes,
	);
	if (values.DATABASE_DIRECT_URL !== null && values.DATABASE_URL === null)
		mistakes.push("DATABASE_DIRECT_URL: is set without DATABASE_URL, the address of the connection pooler");
	return {
		port: values.PORT,
		host: values.HOST,
		publicUrl: values.PARLEY_PUBLIC_URL ?? `http://localhost:${values.PORT}`,
		allowedHosts: values.PARLEY_ALLOWED_HOSTS,
		dataDir: resolve(values.PARLEY_DATA_DIR),
		databaseUrl: values.DATABASE_URL,
		databaseDirectUrl: values.DATABASE_DIRECT_URL,
		databasePoolMax: values.PARLEY_DATABASE_POOL,
		rateStore: toRateStore(values, mistakes),
		trustedProxies: values.PARLEY_TRUSTED_PROXIES,
		instances: values.PARLEY_INSTANCES,
		authSecret: values.AUTH_SECRET,
		signUp: values.PARLEY_SIGN_UP,
		oauth: {
			github: oauthClient("GITHUB"),
			google: oauthClient("GOOGLE"),
			oidc: oidc === null ? null : { ...oidc, name: values.OIDC_NAME },
		},
		mail: toGroup({ smtpUrl: "SMTP_URL", from: "MAIL_FROM" }, values, mistakes),
		providers: {
			openaiApiKey: values.OPENAI_API_KEY,
			openaiBaseUrl: values.OPENAI_BASE_URL,
			anthropicApiKey: values.ANTHROPIC_API_KEY,
			anthropicBaseUrl: values.ANTHROPIC_BASE_URL,
			googleApiKey: values.GOOGLE_GENERATIVE_AI_API_KEY,
			ollamaBaseUrl: values.OLLAMA_BASE_URL,
		},
		config,
		defaultModel: values.PARLEY_DEFAULT_MODEL,
		writesTitles: values.PARLEY_TITLES === "on",
		meaning: toMeaning(values, config, mistakes),
		imageHosts: values.PARLEY_IMAGE_HOSTS,
		linkHosts: values.PARLEY_LINK_HOSTS,
		logLevel: values.PARLEY_LOG_LEVEL,
		siteNanoUsdPerMonth: values.PARLEY_SITE_BUDGET_USD ? toNanoUsd(values.PARLEY_SITE_BUDGET_USD) : null,
		batchItemsPerUser: values.PARLEY_BATCH_ITEMS_PER_USER,
		batchItemsPerProcess: values.PARLEY_BATCH_ITEMS_PER_PROCESS,
		leaseMs: values.PARLEY_LEASE_MS,
		turnLogRetentionMs: values.PARLEY_TURN_LOG_RETENTION_MS,
	};
}

/** Which model says what messages mean; its provider must be within reach. */
function toMeaning(values: Values, { embeddings }: ParleyConfig, mistakes: string[]): Settings["meaning"] {
	const named = values.PARLEY_EMBEDDINGS ?? "on";
	if (named === "on" || named === "off") return { model: null, isOff: named === "off" };
	const model = embeddings.find(({ id }) => id === named);
	const keys = {
		openai: values.OPENAI_API_KEY ?? values.OPENAI_BASE_URL,
		google: values.GOOGLE_GENERATIVE_AI_API_KEY,
	};
	// A file that cannot be read has no models, and its own mistakes are named.
	if (!model && mistakes.some((mistake) => mistake.startsWith("PARLEY_CONFIG")))
		return { model: null, isOff: true };
	if (!model)
		mistakes.push(
			"PARLEY_EMBEDDINGS: must be on, off or the id of one of the embeddings in the file of PARLEY_CONFIG",
		);
	else if (model.provider in keys && !keys[model.provider as keyof typeof keys])
		mistakes.push(`PARLEY_EMBEDDINGS: names a model of ${model.provider}, whose key is not set`);
	return { model: model?.id ?? null, isOff: false };
}

function toRateStore(values: Values, mistakes: string[]): Settings["rateStore"] {
	const upstash = toGroup(
		{ url: "UPSTASH_REDIS_REST_URL", token: "UPSTASH_REDIS_REST_TOKEN" },
		values,
		mistakes,
	);
	if (upstash !== null && values.REDIS_URL !== null)
		mistakes.push("REDIS_URL: is set beside UPSTASH_REDIS_REST_URL. Keep one");
	if (upstash !== null) return upstash;
	return values.REDIS_URL === null ? null : { url: values.REDIS_URL, token: null };
}

/** Settings that only work together: all of them, or none. */
function toGroup<Field extends string>(
	fields: Record<Field, VariableName>,
	values: Values,
	mistakes: string[],
): Record<Field, string> | null {
	const entries = Object.entries<VariableName>(fields).map(([field, name]) => ({
		field,
		name,
		value: values[name],
	}));
	const missing = entries.filter(({ value }) => value === null).map(({ name }) => name);
	if (missing.length === entries.length) return null;
	const given = entries.filter(({ value }) => value !== null).map(({ name }) => name);
	for (const name of missing) mistakes.push(`${name}: is required because ${given.join(" and ")} is set`);
	if (missing.length > 0) return null;
	return Object.fromEntries(entries.map(({ field, value }) => [field, String(value)])) as Record<
		Field,
		string
	>;
}
