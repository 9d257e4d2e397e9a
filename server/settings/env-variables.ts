/** Longer than other files, because it is one table: every setting there is, with its words for `.env.example`. */
import * as z from "zod";
import {
	authSecret,
	databaseAddress,
	hosts,
	key,
	mailAddress,
	proxies,
	redisAddress,
	text,
	webAddress,
	wholeNumber,
} from "./env-schemas.ts";

/** One environment variable: how it is read and what `.env.example` says about it. */
export interface Variable {
	group: string;
	about: string;
	/** What holds when it is not set, as it would be written; null = off, or decided elsewhere (then `about` says so). */
	fallback: string | null;
	/** Never printed; may also be given as `NAME_FILE`, the path of a file that holds it. */
	isSecret?: boolean;
	schema: z.ZodType<unknown, string>;
}

/**
 * Every setting there is. `.env.example` is written from this table (`npm run env:example`) and a test compares them,
 * so a variable that is not here does not exist.
 */
export const variables = {
	PORT: { group: "Server", about: "Port to listen on.", fallback: "3000", schema: wholeNumber(1, 65_535) },
	HOST: {
		group: "Server",
		about: "Address to listen on. 0.0.0.0 opens the server to the network.",
		fallback: "localhost",
		schema: text.regex(/^[A-Za-z0-9.:_-]+$/, "must be a host name or an IP address"),
	},
	PARLEY_PUBLIC_URL: {
		group: "Server",
		about: "Address that people type, without a path. Not set: http://localhost:PORT.",
		fallback: null,
		schema: webAddress.refine((address) => new URL(address).pathname === "/", "must not have a path"),
	},
	PARLEY_ALLOWED_HOSTS: {
		group: "Server",
		about:
			"Further host names under which this server is reached, separated by commas. IP addresses, localhost and names without a public domain always work.",
		fallback: "",
		schema: hosts,
	},
	PARLEY_DATA_DIR: {
		group: "Server",
		about: "Folder of the embedded database and of secrets.json.",
		fallback: "./data",
		schema: text,
	},
	PARLEY_LOG_LEVEL: {
		group: "Server",
		about: "silent, error, warn, info or debug.",
		fallback: "info",
		schema: z.enum(
			["silent", "error", "warn", "info", "debug"],
			"must be silent, error, warn, info or debug",
		),
	},
	PARLEY_LEASE_MS: {
		group: "Server",
		about: "Milliseconds after which an answer of a dead process is closed as interrupted.",
		fallback: "20000",
		schema: wholeNumber(200, 600_000),
	},
	PARLEY_TURN_LOG_RETENTION_MS: {
		group: "Server",
		about: "Milliseconds for which the events of an ended answer are kept; its text and its end stay.",
		fallback: "900000",
		schema: wholeNumber(1_000, 2_592_000_000),
	},
	PARLEY_TRUSTED_PROXIES: {
		group: "Server",
		about:
			"IP addresses and networks of your reverse proxies, separated by commas: their X-Forwarded-For is believed.",
		fallback: "127.0.0.1, ::1",
		schema: proxies,
	},
	PARLEY_INSTANCES: {
		group: "Server",
		about:
			"Processes that serve one database. Where limits are not counted in Redis, each takes its share of them.",
		fallback: "1",
		schema: wholeNumber(1, 1_000),
	},
	PARLEY_BATCH_ITEMS_PER_USER: {
		group: "Server",
		about: "Prompts of batches that are answered at a time for one person, by all processes together.",
		fallback: "2",
		schema: wholeNumber(1, 1_000),
	},
	PARLEY_BATCH_ITEMS_PER_PROCESS: {
		group: "Server",
		about: "Prompts of batches that one process answers at a time; 0: this one answers none.",
		fallback: "4",
		schema: wholeNumber(0, 1_000),
	},
	PARLEY_SITE_BUDGET_USD: {
		group: "Server",
		about: "US dollars that the whole site may spend in a month (UTC). Not set: no budget.",
		fallback: null,
		schema: z.string().regex(/^\d{1,7}(\.\d{1,9})?$/, "must be a decimal number of US dollars"),
	},
	DATABASE_URL: {
		group: "Database",
		about: "PostgreSQL 15 or newer. Not set: an embedded PostgreSQL in PARLEY_DATA_DIR.",
		fallback: null,
		isSecret: true,
		schema: databaseAddress,
	},
	DATABASE_DIRECT_URL: {
		group: "Database",
		about:
			"Address of the same database past the connection pooler (PgBouncer in transaction mode) that DATABASE_URL leads through. Not set: there is no such pooler.",
		fallback: null,
		isSecret: true,
		schema: databaseAddress,
	},
	PARLEY_DATABASE_POOL: {
		group: "Database",
		about: "Connections to the database at most.",
		fallback: "10",
		schema: wholeNumber(2, 500),
	},
	REDIS_URL: {
		group: "Database",
		about: "Redis 6 or newer, which counts rate limits for several instances. Not set: each process counts.",
		fallback: null,
		isSecret: true,
		schema: redisAddress,
	},
	UPSTASH_REDIS_REST_URL: {
		group: "Database",
		about: "The same by Upstash's REST protocol, in place of REDIS_URL.",
		fallback: null,
		schema: webAddress,
	},
	UPSTASH_REDIS_REST_TOKEN: { group: "Database", about: "", fallback: null, isSecret: true, schema: key },
	AUTH_SECRET: {
		group: "Sign-in",
		about: "Signs sessions, 32 characters or more. Not set: created once in PARLEY_DATA_DIR/secrets.json.",
		fallback: null,
		isSecret: true,
		schema: authSecret,
	},
	PARLEY_SIGN_UP: {
		group: "Sign-in",
		about: "Who may create an account: on (anyone), invite (with a link) or off.",
		fallback: "invite",
		schema: z.enum(["on", "off", "invite"], "must be on, off or invite"),
	},
	GITHUB_CLIENT_ID: { group: "Sign-in", about: "Sign-in with GitHub.", fallback: null, schema: key },
	GITHUB_CLIENT_SECRET: { group: "Sign-in", about: "", fallback: null, isSecret: true, schema: key },
	GOOGLE_CLIENT_ID: { group: "Sign-in", about: "Sign-in with Google.", fallback: null, schema: key },
	GOOGLE_CLIENT_SECRET: { group: "Sign-in", about: "", fallback: null, isSecret: true, schema: key },
	OIDC_ISSUER: {
		group: "Sign-in",
		about: "Sign-in with any OpenID Connect issuer.",
		fallback: null,
		schema: webAddress,
	},
	OIDC_CLIENT_ID: { group: "Sign-in", about: "", fallback: null, schema: key },
	OIDC_CLIENT_SECRET: { group: "Sign-in", about: "", fallback: null, isSecret: true, schema: key },
	OIDC_NAME: {
		group: "Sign-in",
		about: "Name on its button.",
		fallback: "Single sign-on",
		schema: text.max(40, "must be at most 40 characters"),
	},
	SMTP_URL: {
		group: "Mail",
		about: "Server that sends mail. Not set: an administrator hands out one-time links.",
		fallback: null,
		isSecret: true,
		schema: mailAddress,
	},
	MAIL_FROM: {
		group: "Mail",
		about: "Sender, such as Parley <parley@example.com>.",
		fallback: null,
		schema: text.regex(/^[^\r\n]*[^\s@]+@[^\s@]+$/, "must be an e-mail address, with or without a name"),
	},
	OPENAI_API_KEY: { group: "Models", about: "OpenAI.", fallback: null, isSecret: true, schema: key },
	OPENAI_BASE_URL: {
		group: "Models",
		about: "Another address that speaks OpenAI's protocol: vLLM, LM Studio, a gateway.",
		fallback: null,
		schema: webAddress,
	},
	ANTHROPIC_API_KEY: { group: "Models", about: "Anthropic.", fallback: null, isSecret: true, schema: key },
	ANTHROPIC_BASE_URL: { group: "Models", about: "", fallback: null, schema: webAddress },
	GOOGLE_GENERATIVE_AI_API_KEY: {
		group: "Models",
		about: "Google.",
		fallback: null,
		isSecret: true,
		schema: key,
	},
	OLLAMA_BASE_URL: {
		group: "Models",
		about: "Ollama. Not set: http://localhost:11434 is tried.",
		fallback: null,
		schema: webAddress,
	},
	PARLEY_DEFAULT_MODEL: {
		group: "Models",
		about: "Catalogue id of the model for new threads. Not set: the best one that has a key.",
		fallback: null,
		schema: text,
	},
	PARLEY_TITLES: {
		group: "Models",
		about: "Whether the cheapest model writes the titles of new threads: on or off (their first words stay).",
		fallback: "on",
		schema: z.enum(["on", "off"], "must be on or off"),
	},
	PARLEY_EMBEDDINGS: {
		group: "Models",
		about:
			"Whether messages of long threads are also compared by meaning: on (with the English model that ships with the packages, 200 MB of memory while it works), off (by their words alone), or the id of an embedding model of PARLEY_CONFIG.",
		fallback: "on",
		schema: text,
	},
	PARLEY_CONFIG: {
		group: "Models",
		about: "JSON file that adds providers and models.",
		fallback: null,
		schema: text,
	},
	PARLEY_IMAGE_HOSTS: {
		group: "Content",
		about: "Hosts whose images an answer may show, separated by commas.",
		fallback: "",
		schema: hosts,
	},
	PARLEY_LINK_HOSTS: {
		group: "Content",
		about: "Hosts that an answer may link to without a warning, separated by commas.",
		fallback: "",
		schema: hosts,
	},
} as const satisfies Record<string, Variable>;

export type VariableName = keyof typeof variables;

/** The values after parsing: a variable without a fallback may be null. */
export type Values = {
	[Name in VariableName]:
		| z.output<(typeof variables)[Name]["schema"]>
		| ((typeof variables)[Name]["fallback"] extends null ? null : never);
};
