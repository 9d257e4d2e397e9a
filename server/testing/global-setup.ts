import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import postgres from "postgres";
import type { TestProject } from "vitest/node";
import { startEmbeddedDatabase } from "../embedded-postgres/index.ts";
import { createTemplate } from "./database.ts";

declare module "vitest" {
	export interface ProvidedContext {
		/** A PostgreSQL whose user may create databases, perhaps through a connection pooler. */
		databaseUrl: string;
		/** The same PostgreSQL past the pooler; null without one. */
		databaseDirectUrl: string | null;
		/** The same PostgreSQL as its superuser, where the tests have started it; else `databaseUrl` past the pooler. */
		databaseAdminUrl: string;
		/** The migrated database that every test database is a copy of. */
		databaseTemplate: string;
	}
}

/**
 * One PostgreSQL for the whole run: the one of `TEST_DATABASE_URL` (with `TEST_DATABASE_DIRECT_URL` when that leads through a
 * connection pooler), or an embedded one that is removed afterwards.
 */
export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
	const given = process.env.TEST_DATABASE_URL;
	const dataDir = given ? null : await mkdtemp(join(tmpdir(), "parley-test-"));
	const embedded = dataDir === null ? null : await startEmbeddedDatabase({ dataDir, role: "tool" });
	const url = given || (embedded && (await createTestRole(embedded.adminUrl))) || "";
	const directUrl = process.env.TEST_DATABASE_DIRECT_URL || null;
	const serverUrl = directUrl ?? url;
	const adminUrl = embedded?.adminUrl ?? serverUrl;
	const template = await createTemplate({ serverUrl, adminUrl });
	project.provide("databaseUrl", url);
	project.provide("databaseDirectUrl", directUrl);
	project.provide("databaseAdminUrl", adminUrl);
	project.provide("databaseTemplate", template.name);
	return async () => {
		await template.drop();
		await embedded?.stop();
		if (dataDir !== null) await rm(dataDir, { recursive: true, force: true });
	};
}

/** Tests run as the product does, without a superuser, but create databases and roles of their own. */
async function createTestRole(adminUrl: string): Promise<string> {
	const name = "parley_test";
	const sql = postgres(adminUrl, { max: 1, onnotice: () => undefined });
	await sql.unsafe(`create role ${name} login createdb createrole password '${name}'`);
	await sql.end();
	const url = new URL(adminUrl);
	[url.username, url.password] = [name, name];
	return url.href;
}
