import { randomBytes } from "node:crypto";
import postgres from "postgres";
import { inject } from "vitest";
import { connectDatabase } from "../db/index.ts";
import type { TestDatabase } from "./database.ts";

/** A database without anything in it, as an operator makes one; by its owner. */
export async function createBlankDatabase(): Promise<TestDatabase> {
	const name = `parley_test_${process.pid}_${randomBytes(4).toString("hex")}`;
	const server = postgres(inject("databaseUrl"), { max: 1, onnotice: () => undefined });
	await server.unsafe(`create database ${name} encoding 'UTF8' template template0`);
	const url = new URL(inject("databaseUrl"));
	url.pathname = `/${name}`;
	const db = connectDatabase({ url: url.href, poolMax: 5, applicationName: "parley test" });
	return {
		...db,
		url: url.href,
		async drop() {
			await db.close();
			await server.unsafe(`drop database if exists ${name} with (force)`);
			await server.end();
		},
	};
}
