import { randomUUID } from "node:crypto";
import pino, { type Logger } from "pino";
import { type Auth, createAuth, createEmailSender } from "./auth/index.ts";
import { type Batches, createBatches } from "./batch/index.ts";
import { type Chat, createChat } from "./chat/index.ts";
import { createNotices, type Database } from "./db/index.ts";
import { systemClock } from "./kernel/clock.ts";
import { toLoggedError } from "./kernel/logged-error.ts";
import { retry } from "./kernel/retry.ts";
import { type CatalogueModel, createModels, type Models } from "./models/index.ts";
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
import { purgeTrash, startPeriodicJobs } from "./retention/index.ts";
import type { Settings } from "./settings/index.ts";
import { createThreads, type Threads } from "./threads/index.ts";
import { endTurnsOf } from "./turns/index.ts";
import { createPriceBook, type PriceBook } from "./usage/index.ts";
import { createViewerEvents, type ViewerEvents } from "./viewer-events/index.ts";

/** Everything that lives as long as the process, built once. */
export interface Services {
	readonly settings: Settings;
	readonly db: Database;
	readonly models: Models;
	readonly auth: Auth;
	readonly chat: Chat;
	readonly batches: Batches;
	readonly threads: Threads;
	readonly priceBook: PriceBook;
	readonly viewerEvents: ViewerEvents;
	readonly breakers: Breakers;
	readonly turnRates: TurnRates;
	readonly reads: ReadLimit;
	readonly logger: Logger;
	close(): Promise<void>;
}

/** Storage that is away for some seconds, as while it restarts, is no reason to give a start up. */
export const startTries = { forMs: 8_000, everyMs: 500 };

/** The composition root, called from `main.ts` alone. The database is migrated before. */
export async function createServices(input: {
	settings: Settings;
	db: Database;
	authSecret: string;
	/** No other process serves this database: an embedded one. */
	isAlone?: boolean;
	logger: Logger;
}): Promise<Services> {
	const { settings, db, logger } = input;
	const instanceId = randomUUID();
	const models = await createModels({ settings });
	const mail = createEmailSender(settings.mail);
	const { instances } = settings;
	const sharedRates = settings.rateStore ? await openSharedRates(settings.rateStore, logger) : null;
	const turnRates = createTurnRates({
		...{ shared: sharedRates, local: createMemoryRates(), instances, plans: createPlanRates(db.sql) },
	});
	const auth = createAuth({
		...{ db, settings, secret: input.authSecret, clock: systemClock, mail, log: logger },
		...{ sharedRates, instances },
		endTurns: (userId) => endTurnsOf(db.sql, userId),
	});
	const { isStillValid } = auth;
	const notices = await retry(() => createNotices(db, instanceId), startTries);
	const breakers = createBreakers({ sql: db.sql, notices, clock: systemClock, log: logger });
	const viewerEvents = createViewerEvents({ instanceId, notices, isStillValid });
	const threads = createThreads({ sql: db.sql, publish: viewerEvents.publish });
	const listed = models.list().map(toListed);
	const priceBook = await retry(() => createPriceBook({ db, notices, listed }), startTries);
	const chat = createChat({
		...{
			sql: db.sql,
			models,
			clock: systemClock,
			breakers,
			publish: viewerEvents.publish,
			notices,
			logger,
			isStillValid,
		},
		logRetentionMs: settings.turnLogRetentionMs,
		priceBook,
		instances,
		siteNanoUsd: settings.siteNanoUsdPerMonth,
		isAlone: input.isAlone ?? false,
		lease: { owner: instanceId, ms: settings.leaseMs },
	});
	const { leaseMs, batchItemsPerUser: itemsPerUser, batchItemsPerProcess: itemsPerProcess } = settings;
	const batches = createBatches({
		...{ db, chat, publish: viewerEvents.publish, logger },
		...{ leaseMs, itemsPerUser, itemsPerProcess },
	});
	const jobs = startPeriodicJobs(
		[
			{ name: "finish-deletions", everyMs: 10 * 60_000, run: auth.finishDeletions },
			{ name: "purge-trash", everyMs: 60 * 60_000, run: () => purgeTrash(db.sql) },
		],
		logger,
	);
	return {
		...{
			settings,
			db,
			models,
			auth,
			chat,
			batches,
			threads,
			priceBook,
			viewerEvents,
			breakers,
			turnRates,
			reads: createReadLimit(toReadPlaces(settings.databasePoolMax)),
			logger,
		},
		async close() {
			jobs.end();
			await chat.drain(0);
			await batches.end();
			await breakers.end();
			priceBook.close();
			await auth.close();
			await sharedRates?.close();
			await models.close();
			await notices.close();
			await db.close();
		},
	};
}

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
