import { randomUUID } from "node:crypto";
import pino, { type Logger } from "pino";
import { type Auth, createAuth, createEmailSender } from "./auth/index.ts";
import { type Batches, createBatches } from "./batch/index.ts";
import { type Chat, createChat } from "./chat/index.ts";
import { createNotices, type Database } from "./db/index.ts";
import { createEmbeddings, createLocalEmbedder, toProviderEmbedder } from "./embeddings/index.ts";
import { systemClock } from "./kernel/clock.ts";
import { toLoggedError } from "./kernel/logged-error.ts";
import type { Notices } from "./kernel/notices.ts";
import { retry } from "./kernel/retry.ts";
import { createKeys, type Keys } from "./keys/index.ts";
import { type CatalogueModel, createModels, type Models } from "./models/index.ts";
import { endAbandonedPauses, purgeOldPeriods } from "./quota/index.ts";
import {
	createMemoryRates,
	createPlanRates,
	createReadLimit,
	createTurnRates,
	openSharedRates,
	type ReadLimit,
	type TurnRates,
	toReadPlaces,
} from "./rates/index.ts";
import { type Breakers, createBreakers } from "./resilience/index.ts";
import { type PeriodicJob, purgeTrash, startPeriodicJobs } from "./retention/index.ts";
import { createPolicies, type Policies } from "./routing/index.ts";
import type { Settings } from "./settings/index.ts";
import { createThreads, indexTexts, type Threads } from "./threads/index.ts";
import { endTurnsOf } from "./turns/index.ts";
import { createPriceBook, type PriceBook, sumUpDays } from "./usage/index.ts";
import { createViewerEvents, type ViewerEvents } from "./viewer-events/index.ts";

/** Everything that lives as long as the process, built once. */
export interface Services {
	readonly settings: Settings;
	readonly db: Database;
	readonly models: Models;
	readonly auth: Auth;
	readonly keys: Keys;
	readonly chat: Chat;
	readonly batches: Batches;
	readonly threads: Threads;
	readonly priceBook: PriceBook;
	readonly policies: Policies;
	readonly viewerEvents: ViewerEvents;
	readonly breakers: Breakers;
	readonly turnRates: TurnRates;
	readonly reads: ReadLimit;
	readonly logger: Logger;
	close(): Promise<void>;
}

/** Storage that is away for some seconds, as while it restarts, is no reason to give a start up. */
export const startTries = { forMs: 8_000, everyMs: 500 };

interface ServicesInput {
	readonly settings: Settings;
	readonly db: Database;
	readonly authSecret: string;
	/** No other process serves this database: an embedded one. */
	readonly isAlone?: boolean;
	readonly logger: Logger;
}

/** The composition root, called from `main.ts` alone. The database is migrated before. `close` ends the newest first. */
export async function createServices(input: ServicesInput): Promise<Services> {
	const { settings, db, logger, isAlone = false } = input;
	const cleanup = new AsyncDisposableStack();
	cleanup.defer(db.close);
	const instanceId = randomUUID();
	const notices = await retry(() => createNotices(db, instanceId), startTries);
	cleanup.defer(notices.close);
	const models = await createModels({ settings });
	cleanup.defer(models.close);
	const { auth, keys, turnRates } = await createAccess(input, notices, cleanup);
	const viewerEvents = createViewerEvents({ instanceId, notices, isStillValid: auth.isStillValid });
	const { publish } = viewerEvents;
	const { priceBook, policies } = await createRules({ db, notices, models }, cleanup);
	const breakers = createBreakers({ sql: db.sql, notices, clock: systemClock, log: logger });
	cleanup.defer(breakers.end);
	const embeddings = createEmbeddings(db, chooseEmbedder(settings.meaning, models));
	cleanup.defer(embeddings.close);
	const chat = createChat({
		embeddings,
		sql: db.sql,
		orm: db.orm,
		models,
		clock: systemClock,
		breakers,
		publish,
		notices,
		logger,
		isStillValid: auth.isStillValid,
		priceBook,
		findPolicy: policies.find,
		isAlone,
		logRetentionMs: settings.turnLogRetentionMs,
		instances: settings.instances,
		siteNanoUsd: settings.siteNanoUsdPerMonth,
		writesTitles: settings.writesTitles,
		lease: { owner: instanceId, ms: settings.leaseMs },
	});
	const { leaseMs, batchItemsPerUser: itemsPerUser, batchItemsPerProcess: itemsPerProcess } = settings;
	const batches = createBatches({ db, chat, publish, logger, leaseMs, itemsPerUser, itemsPerProcess });
	cleanup.defer(batches.end);
	cleanup.defer(() => chat.drain(0));
	cleanup.defer(startPeriodicJobs(toPeriodicJobs(input, auth), logger).end);
	return {
		settings,
		db,
		models,
		auth,
		keys,
		chat,
		batches,
		threads: createThreads({ sql: db.sql, orm: db.orm, publish }),
		priceBook,
		policies,
		viewerEvents,
		breakers,
		turnRates,
		reads: createReadLimit(toReadPlaces(settings.databasePoolMax)),
		logger,
		close: () => cleanup.disposeAsync(),
	};
}

function chooseEmbedder({ model, isOff }: Settings["meaning"], models: Models) {
	if (isOff) return null;
	if (model === null) return createLocalEmbedder();
	const found = models.listEmbeddings().find(({ id }) => id === model);
	if (!found)
		throw new Error(`PARLEY_EMBEDDINGS: the provider of "${model}" cannot be reached with these settings.`);
	return toProviderEmbedder(found);
}

/** What administrators decide and every process keeps in memory. */
async function createRules(
	{ db, notices, models }: { db: Database; notices: Notices; models: Models },
	cleanup: AsyncDisposableStack,
): Promise<Pick<Services, "priceBook" | "policies">> {
	const listed = [...models.list(), ...models.listEmbeddings()].map(toListed);
	const priceBook = await retry(() => createPriceBook({ db, notices, listed }), startTries);
	cleanup.defer(priceBook.close);
	const hasModel = (id: string) => models.find(id) !== undefined;
	const policies = await retry(() => createPolicies({ db, notices, hasModel }), startTries);
	cleanup.defer(policies.close);
	return { priceBook, policies };
}

/** Who may come in, and how often. */
async function createAccess(
	{ settings, db, authSecret, logger }: ServicesInput,
	notices: Notices,
	cleanup: AsyncDisposableStack,
): Promise<Pick<Services, "auth" | "keys" | "turnRates">> {
	const { instances } = settings;
	const sharedRates = settings.rateStore ? await openSharedRates(settings.rateStore, logger) : null;
	if (sharedRates) cleanup.defer(sharedRates.close);
	const keys = createKeys({ db, notices, clock: systemClock, log: logger });
	cleanup.defer(keys.close);
	const auth = createAuth({
		db,
		settings,
		secret: authSecret,
		clock: systemClock,
		mail: createEmailSender(settings.mail),
		log: logger,
		sharedRates,
		keys,
		instances,
		endTurns: (userId) => endTurnsOf(db.sql, userId),
	});
	cleanup.defer(auth.close);
	const plans = createPlanRates(db);
	return {
		auth,
		keys,
		turnRates: createTurnRates({ shared: sharedRates, local: createMemoryRates(), instances, plans }),
	};
}

/** What a process does again and again, beside answering people. */
export const toPeriodicJobs = (
	{ db, logger }: Pick<ServicesInput, "db" | "logger">,
	auth: Pick<Auth, "finishDeletions">,
): PeriodicJob[] => [
	{ name: "index-texts", everyMs: 1_000, run: () => indexTexts(db, logger) },
	{ name: "finish-deletions", everyMs: 10 * 60_000, run: auth.finishDeletions },
	{ name: "end-abandoned-pauses", everyMs: 5_000, run: () => endAbandonedPauses(db) },
	{ name: "purge-old-periods", everyMs: 30_000, run: () => purgeOldPeriods(db.sql) },
	{ name: "sum-up-days", everyMs: 30_000, run: () => sumUpDays(db.sql) },
	{ name: "purge-trash", everyMs: 60 * 60_000, run: () => purgeTrash(db.sql) },
];

/** Lines of JSON on standard error; never prompts, keys, cookies or email addresses. */
export function createLogger(level: Settings["logLevel"]): Logger {
	const serializers = { err: (error: unknown) => toLoggedError(error) };
	return pino(
		{ level, base: undefined, timestamp: pino.stdTimeFunctions.isoTime, serializers },
		pino.destination(2),
	);
}

const toListed = ({ id, priceSource, prices }: CatalogueModel) => ({
	modelId: id,
	source: priceSource,
	prices,
});
