/**
 * The one entry: settings, database, services, Next, HTTP, drain. Health answers from the first moment; everything else
 * once the rest stands. Run by `npm start` (a built server) or `npm run dev` (`--dev`).
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import next from "next";
import type { Logger } from "pino";
import { setCaller } from "./caller.ts";
import {
	connectDatabase,
	type Database,
	ensureSecrets,
	migrateDatabase,
	startEmbeddedDatabase,
} from "./db/index.ts";
import { loadSettings, type Settings, SettingsError, settingsExitCode } from "./env.ts";
import { createDoors, type Doors, type Pages } from "./http/index.ts";
import { createLogger, createServices, type Services } from "./services.ts";
import { createStartCard, type StartCard } from "./start-card.ts";
import { toCaller } from "./to-caller.ts";

/** Time for load balancers to notice that this instance takes no more, then for live turns to end. */
const noticeMs = 5_000;
const drainMs = 55_000;

const projectDir = fileURLToPath(new URL("..", import.meta.url));
const isDev = process.argv.includes("--dev");

interface Running {
	readonly doors: Doors;
	readonly services: Services;
	readonly settings: Settings;
	stop(): Promise<void>;
}

async function start(settings: Settings, logger: Logger): Promise<Running> {
	const { version } = JSON.parse(readFileSync(`${projectDir}package.json`, "utf8"));
	const card = createStartCard({ version, settings, write: (text) => process.stdout.write(text) });
	const doors = createDoors({ logger, isDev });
	await listen(doors, settings);
	const database = await openDatabase(settings, card);
	const services = await createServices({ settings, logger, ...database });
	card.models(services.models.list());
	const app = next({
		dev: isDev,
		dir: projectDir,
		hostname: settings.host,
		port: settings.port,
		httpServer: doors.server,
	});
	setCaller(toCaller(services, version));
	await app.prepare();
	const pages: Pages = { answer: app.getRequestHandler(), upgrade: app.getUpgradeHandler() };
	doors.open({ services, pages });
	doors.setReadiness("ready");
	card.ready(await services.auth.ensureSetupLink(settings.publicUrl));
	return {
		...{ doors, services, settings },
		async stop() {
			await app.close();
			await services.close();
			await database.stop();
		},
	};
}

/** Takes the port first, so that a second start says so at once. */
function listen({ server }: Doors, { port, host }: Settings): Promise<void> {
	const { promise, resolve, reject } = Promise.withResolvers<void>();
	server.once("error", reject);
	server.listen({ port, host }, () => {
		server.off("error", reject);
		resolve();
	});
	return promise;
}

async function openDatabase(settings: Settings, card: StartCard) {
	const secrets = await ensureSecrets(settings.dataDir);
	card.secrets(secrets.isNew);
	const embedded = settings.databaseUrl
		? null
		: await startEmbeddedDatabase({ dataDir: settings.dataDir, onProgress: card.progress });
	const url = settings.databaseUrl ?? embedded?.url ?? "";
	const db: Database = connectDatabase({ url, poolMax: settings.databasePoolMax, applicationName: "parley" });
	card.database();
	const startedAt = performance.now();
	const { applied } = await migrateDatabase(db);
	card.migrations(applied, performance.now() - startedAt);
	return { db, authSecret: settings.authSecret ?? secrets.authSecret, stop: async () => embedded?.stop() };
}

/**
 * The first signal drains: not ready, no new turns, live ones may end, the rest is closed as interrupted. Ctrl+C and an
 * embedded database mean that no load balancer is watching. A second signal ends the process at once.
 */
function endOnSignals({ doors, services, settings, stop }: Running, logger: Logger): void {
	let isEnding = false;
	const end = async (signal: NodeJS.Signals) => {
		if (isEnding) process.exit(1);
		isEnding = true;
		doors.setReadiness("draining");
		doors.server.closeIdleConnections();
		if (signal === "SIGTERM" && settings.databaseUrl)
			await new Promise((resolve) => setTimeout(resolve, noticeMs));
		await services.chat.drain(drainMs);
		doors.server.close();
		setTimeout(() => doors.server.closeAllConnections(), 500).unref();
		await stop();
		process.exit(0);
	};
	for (const signal of ["SIGTERM", "SIGINT"] as const)
		process.on(signal, () => {
			end(signal).catch((error: unknown) => {
				logger.error({ err: error }, "the server did not end cleanly");
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

try {
	const settings = loadSettings();
	const logger = createLogger(settings.logLevel);
	process.on("unhandledRejection", (error) => logger.error({ err: error }, "a promise was rejected unheard"));
	endOnSignals(await start(settings, logger), logger);
} catch (error) {
	const { words, code } = explain(error);
	process.stderr.write(`\n  ✗ ${words}\n`);
	process.exit(code);
}
