import type { ParleyConfig } from "./config.ts";

export interface OAuthClient {
	clientId: string;
	clientSecret: string;
}

/** Every setting, parsed and complete. Made once at start; no other room reads the environment. */
export interface Settings {
	port: number;
	host: string;
	/** Without a trailing slash. */
	publicUrl: string;
	/** Host names, beside that of `publicUrl`, that requests may name. */
	allowedHosts: string[];
	/** Absolute. */
	dataDir: string;
	/** null = the embedded PostgreSQL in `dataDir`. */
	databaseUrl: string | null;
	/** The same database past a connection pooler; null = `databaseUrl` leads through none. */
	databaseDirectUrl: string | null;
	databasePoolMax: number;
	/** Where rate limits are counted for all instances: plain Redis, or by REST with a token; null = in each process. */
	rateStore: { url: string; token: string | null } | null;
	/** IP addresses and networks. */
	trustedProxies: string[];
	/** Processes that serve one database. */
	instances: number;
	/** null = kept in `dataDir`/secrets.json. */
	authSecret: string | null;
	signUp: "on" | "off" | "invite";
	oauth: {
		github: OAuthClient | null;
		google: OAuthClient | null;
		oidc: (OAuthClient & { issuer: string; name: string }) | null;
	};
	mail: { smtpUrl: string; from: string } | null;
	providers: {
		openaiApiKey: string | null;
		openaiBaseUrl: string | null;
		anthropicApiKey: string | null;
		anthropicBaseUrl: string | null;
		googleApiKey: string | null;
		ollamaBaseUrl: string | null;
	};
	config: ParleyConfig;
	/** A catalogue id; null = the catalogue chooses. */
	defaultModel: string | null;
	/** Whether a model writes the titles of threads. */
	writesTitles: boolean;
	/** Which model compares messages of long threads by meaning: an id of `config.embeddings`, or null for the shipped one. */
	meaning: { readonly model: string | null; readonly isOff: boolean };
	imageHosts: string[];
	linkHosts: string[];
	logLevel: "silent" | "error" | "warn" | "info" | "debug";
	leaseMs: number;
	/** Items of batches at work: of one person over all processes, and in this process. */
	batchItemsPerUser: number;
	batchItemsPerProcess: number;
	/** What the whole site may spend in a month, UTC; null without a budget. */
	siteNanoUsdPerMonth: bigint | null;
	turnLogRetentionMs: number;
}
