import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { startEmbeddedDatabase } from "../embedded-postgres/index.ts";
import { createTemplate } from "./database.ts";

declare module "vitest" {
	export interface ProvidedContext {
		/** A PostgreSQL whose user may create databases. */
		databaseUrl: string;
		/** The migrated database that every test database is a copy of. */
		databaseTemplate: string;
	}
}

/** One PostgreSQL for the whole run: the one of `TEST_DATABASE_URL`, or an embedded one that is gone afterwards. */
export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
	const given = process.env.TEST_DATABASE_URL;
	const dataDir = given ? null : await mkdtemp(join(tmpdir(), "parley-test-"));
	const embedded = dataDir === null ? null : await startEmbeddedDatabase({ dataDir, role: "tool" });
	const url = given || embedded?.url || "";
	const template = await createTemplate(url);
	project.provide("databaseUrl", url);
	project.provide("databaseTemplate", template.name);
	return async () => {
		await template.drop();
		await embedded?.stop();
		if (dataDir !== null) await rm(dataDir, { recursive: true, force: true });
	};
}
