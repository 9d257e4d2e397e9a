/**
 * The one entry: settings, database, services, Next, HTTP, drain. Health answers from the first moment; everything else
 * once the rest has started. Run by `npm start` (a built server) or `npm run dev` (`--dev`).
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import next from "next";
import type { Logger } from "pino";
import { setCaller } from "./caller.ts";
import { loadEncoding } from "./context/index.ts";
import { connectDatabase, type Database, prepareDatabase } from "./db/index.ts";
import { startEmbeddedDatabase } from "./embedded-postgres/index.ts";
import { createHttpServer, type HttpServer, type Pages } from "./http/index.ts";
import { retry } from "./kernel/retry.ts";
import { toCaller } from "./routers/index.ts";
import { createLogger, createServices, type Services, startTries } from "./services.ts";
import {
	ensureSecrets,
	loadSettings,
	type Settings,
	SettingsError,
	settingsExitCode,
} from "./settings/index.ts";
import { createStartCard, type StartCard } from "./start-card.ts";

/** Time for load balancers to notice that this instance takes no more, then for live turns to end. */
const noticeMs = 5_000;
const drainMs = 55_000;
/** For readers to take their last bytes. */
const closeMs = 2_000;

const projectDir = fileURLToPath(new URL("..", import.meta.url));
const isDev = process.argv.includes("--dev");

/** What has to be closed again, the newest first, and how turns and readers end before that. */
interface Lifetime {
	readonly cleanup: AsyncDisposableStack;
	drain: ((signal: NodeJS.Signals) => Promise<void>) | null;
}

async function start(settings: Settings, logger: Logger, life: Lifetime): Promise<void> {
	const { version } = JSON.parse(readFileSync(`${projectDir}package.json`, "utf8"));
	const card = createStartCard({ version, settings, write: (text) => process.stdout.write(text) });
	const httpServer = createHttpServer({ logger, isDev });
	await listen(httpServer, settings);
	const database = await openDatabase({ settings, card, logger, life });
	// Before people are served: reading the table takes 0.3 s of the process's time.
	await loadEncoding("o200k_base");
	const services = await createServices({ settings, logger, ...database, isAlone: !settings.databaseUrl });
	life.cleanup.defer(services.close);
	card.models(services.models.list());
	const app = next({
		dev: isDev,
		dir: projectDir,
		hostname: settings.host,
		port: settings.port,
		httpServer: httpServer.server,
	});
	life.cleanup.defer(() => app.close());
	setCaller(toCaller(services, version));
	await app.prepare();
	const pages: Pages = { answer: app.getRequestHandler(), upgrade: app.getUpgradeHandler() };
	httpServer.open({ services, pages });
	httpServer.setReadiness("ready");
	life.drain = (signal) => drain(signal, { httpServer, services, settings });
	card.ready(await findSetupLink(services, logger));
}

/** People are served by now: when the link cannot be made, the next start makes it. */
async function findSetupLink({ auth, settings }: Services, logger: Logger): Promise<{ url: string } | null> {
	try {
		return await retry(() => auth.ensureSetupLink(settings.publicUrl), startTries);
	} catch (error) {
		logger.warn(
			{ event: "setup.link_failed", err: error },
			"no link for a first administrator could be looked up",
		);
		return null;
	}
}

/** Takes the port first, so that a second start says so at once. */
function listen({ server }: HttpServer, { port, host }: Settings): Promise<void> {
	const { promise, resolve, reject } = Promise.withResolvers<void>();
	server.once("error", reject);
	server.listen({ port, host }, () => {
		server.off("error", reject);
		resolve();
	});
	return promise;
}

interface StartNeeds {
	readonly settings: Settings;
	readonly card: StartCard;
	readonly logger: Logger;
	readonly life: Lifetime;
}

async function openDatabase({ settings, card, logger, life: { cleanup } }: StartNeeds) {
	const secrets = await ensureSecrets(settings.dataDir);
	card.secrets(secrets.isNew);
	const embedded = settings.databaseUrl
		? null
		: await startEmbeddedDatabase({ dataDir: settings.dataDir, onProgress: card.progress });
	if (embedded) cleanup.defer(embedded.stop);
	const url = settings.databaseUrl ?? embedded?.url ?? "";
	const db: Database = connectDatabase({
		url,
		directUrl: settings.databaseDirectUrl,
		poolMax: settings.databasePoolMax,
		applicationName: "parley",
	});
	card.database();
	const startedAt = performance.now();
	const { applied, hasLimits } = await prepareDatabase(db, card.progress);
	if (!hasLimits)
		logger.warn(
			{ event: "database.limits_missing" },
			"The pooler still has connections without Parley's time limits. They get them when it replaces them (RECONNECT on its console)",
		);
	card.migrations(applied, performance.now() - startedAt);
	return { db, authSecret: settings.authSecret ?? secrets.authSecret };
}

/**
 * Not ready, no new turns; live ones may end, the rest is closed as interrupted. Ctrl+C and an embedded database mean that
 * no load balancer has to notice first.
 */
async function drain(
	signal: NodeJS.Signals,
	{ httpServer, services, settings }: { httpServer: HttpServer; services: Services; settings: Settings },
): Promise<void> {
	httpServer.setReadiness("draining");
	httpServer.server.closeIdleConnections();
	if (signal === "SIGTERM" && settings.databaseUrl)
		await new Promise((resolve) => setTimeout(resolve, noticeMs));
	await services.chat.drain(drainMs);
	await httpServer.close(closeMs);
}

/** The first signal ends the process cleanly, the second at once. A terminal may send one Ctrl+C twice. */
function endOnSignals(life: Lifetime, logger: Logger): void {
	let endingSince: number | null = null;
	const end = async (signal: NodeJS.Signals) => {
		if (endingSince !== null) {
			if (performance.now() - endingSince > 1_000) process.exit(1);
			return;
		}
		endingSince = performance.now();
		await life.drain?.(signal);
		await life.cleanup.disposeAsync();
		process.exit(0);
	};
	for (const signal of ["SIGTERM", "SIGINT"] as const)
		process.on(signal, () => {
			end(signal).catch((error: unknown) => {
				logger.error({ event: "server.end_failed", err: error }, "the server did not end cleanly");
				process.exit(1);
			});
		});
}

/** Words for an operator, one problem a line, and the exit code. */
function explain(error: unknown): { words: string; code: number } {
	if (error instanceof SettingsError)
		return { words: `${error.message}:\n  ${error.mistakes.join("\n  ")}`, code: settingsExitCode };
	if (error instanceof Error && "code" in error && error.code === "EADDRINUSE" && "port" in error)
		return {
			words: `Port ${error.port} is taken: another server, perhaps this one, runs there.\n  Stop it, or choose another port: PORT=${Number(error.port) + 1} npm start`,
			code: 1,
		};
	return { words: error instanceof Error ? error.message : String(error), code: 1 };
}

const life: Lifetime = { cleanup: new AsyncDisposableStack(), drain: null };
try {
	const settings = loadSettings();
	const logger = createLogger(settings.logLevel);
	process.on("unhandledRejection", (error) =>
		logger.error(
			{ event: "server.unhandled_rejection", err: error },
			"A promise was rejected and not handled.",
		),
	);
	endOnSignals(life, logger);
	await start(settings, logger, life);
} catch (error) {
	await life.cleanup.disposeAsync().catch(() => undefined);
	const { words, code } = explain(error);
	process.stderr.write(`\n  ✗ ${words}\n`);
	process.exit(code);
}
