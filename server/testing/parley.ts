import type { AddressInfo } from "node:net";
import { createTRPCClient, httpBatchLink, httpSubscriptionLink, splitLink } from "@trpc/client";
import { EventSource } from "eventsource";
import { encode } from "next-auth/jwt";
import { createUser, sessionCookieName } from "../auth/index.ts";
import type { AppRouter } from "../client/index.ts";
import type { TurnEvent } from "../contract/turn.ts";
import { createHttpServer, type Pages } from "../http/index.ts";
import { createLogger, createServices } from "../services.ts";
import { type ConfiguredLimits, parseSettings } from "../settings/index.ts";
import { startUpstream } from "../simulator/index.ts";
import { createTestDatabase, type TestDatabase } from "./database.ts";
import { addRoomyPlan } from "./roomy-plan.ts";

const authSecret = "a secret that only tests know, 32+";

let people = 0;

/**
 * A whole Parley over real HTTP and a real database, with the simulator as its provider; only the pages are left out.
 * `models` maps catalogue ids to the simulator's model ids; they are of the tier small unless `tiers` says otherwise.
 */
export async function startTestParley(
	options: {
		models?: Record<string, string>;
		tiers?: Record<string, string>;
		fallbacks?: Record<string, string[]>;
		limits?: Record<string, ConfiguredLimits>;
		/** Added to the simulator's. */
		config?: { providers: object[]; models: object[]; embeddings?: object[] };
		db?: TestDatabase;
		env?: Record<string, string>;
		/** Answers requests that are neither calls nor health checks; by default with a page. */
		answerPage?: Pages["answer"];
	} = {},
) {
	const upstream = await startUpstream({ sim: "ttft=5,itl=2" });
	const db = options.db ?? (await createTestDatabase());
	const models = options.models ?? { small: "sim-small" };
	const config = {
		embeddings: options.config?.embeddings ?? [],
		providers: [
			{ id: "sim", kind: "openai-compatible", baseUrl: `${upstream.url}/v1`, loadSeconds: 0 },
			...(options.config?.providers ?? []),
		],
		models: [
			...(options.config?.models ?? []),
			...Object.entries(models).map(([id, providerModelId]) => ({
				id,
				providerModelId,
				provider: "sim",
				tier: options.tiers?.[id] ?? "small",
				contextWindow: 16_000,
				maxOutputTokens: 4_096,
				prices: { inputUsdPerMTok: "0.15", outputUsdPerMTok: "0.60" },
				fallbacks: options.fallbacks?.[id],
				limits: options.limits?.[id],
			})),
		],
	};
	const settings = parseSettings(
		{
			PARLEY_CONFIG: "config.json",
			PARLEY_LOG_LEVEL: "silent",
			PARLEY_LEASE_MS: "2000",
			// Tests say what is asked of the provider and what it answers; a title would be one request more.
			PARLEY_TITLES: "off",
			PARLEY_EMBEDDINGS: "off",
			...options.env,
		},
		{ read: () => JSON.stringify(config) },
	);
	const logger = createLogger("silent");
	const services = await createServices({ settings, db, authSecret, logger });
	const httpServer = createHttpServer({ logger, isDev: false });
	const pages: Pages = {
		answer: options.answerPage ?? (async (_, response) => void response.end("<p>page</p>")),
		upgrade: async () => {},
	};
	httpServer.open({ services, pages });
	httpServer.setReadiness("ready");
	await new Promise<void>((resolve) => httpServer.server.listen(0, "127.0.0.1", resolve));
	const url = `http://127.0.0.1:${(httpServer.server.address() as AddressInfo).port}`;
	return {
		url,
		db,
		services,
		upstream,
		/** A person with an account and a session; on a plan without limits unless another is named. */
		async signIn({ role = "user", plan = "roomy" }: { role?: "admin" | "user"; plan?: string } = {}) {
			const email = `person${++people}@example.com`;
			const password = "a good long password";
			await addRoomyPlan(db.sql);
			const { userId } = await createUser(db, { email, password, role, plan, name: `Person ${people}` });
			const session = { userId, sessionEpoch: 1, sessionId: crypto.randomUUID(), signedInAtMs: Date.now() };
			const token = await encode({ secret: authSecret, token: session });
			const cookie = `${sessionCookieName(settings.publicUrl)}=${token}`;
			return { userId, email, password, cookie, ...createPerson(url, cookie) };
		},
		/** A person who signed in at another instance on the same database. */
		reach: (cookie: string) => createPerson(url, cookie),
		async close() {
			httpServer.server.closeAllConnections();
			httpServer.server.close();
			await services.close();
			await upstream.close();
			if (!options.db) await db.drop();
		},
	};
}

function createPerson(url: string, cookie: string) {
	const headers = { cookie, origin: url, "x-parley-client": "test/1" };
	const withHeaders: typeof fetch = (input, init) =>
		fetch(input, { ...init, headers: { ...Object.fromEntries(new Headers(init?.headers)), ...headers } });
	const client = createTRPCClient<AppRouter>({
		links: [
			splitLink({
				condition: ({ type }) => type === "subscription",
				true: httpSubscriptionLink({
					url: `${url}/api/trpc`,
					EventSource: EventSource as never,
					eventSourceOptions: { fetch: withHeaders } as never,
				}),
				false: httpBatchLink({ url: `${url}/api/trpc`, headers, maxItems: 10 }),
			}),
		],
	});
	return { client, headers, follow: (input: FollowInput) => follow(client, input) };
}

interface FollowInput {
	turnId: string;
	lastEventId?: string;
	once?: boolean;
}

/** Follows a turn to its end as the browser does; rejects with the error of the subscription. */
function follow(client: ReturnType<typeof createTRPCClient<AppRouter>>, input: FollowInput) {
	return new Promise<{ id: string; event: TurnEvent }[]>((resolve, reject) => {
		const seen: { id: string; event: TurnEvent }[] = [];
		const subscription = client.chat.follow.subscribe(input, {
			onData: ({ id, data }) => seen.push({ id, event: data }),
			onComplete: () => resolve(seen),
			onError: (error) => {
				subscription.unsubscribe();
				reject(error);
			},
		});
	});
}

/** The answer's text as a reader folded it. */
export { foldEvents } from "../contract/fold.ts";
