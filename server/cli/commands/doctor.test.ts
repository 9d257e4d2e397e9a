import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createUser } from "../../auth/index.ts";
import { createTestDatabase, type TestDatabase } from "../../testing/database.ts";
import { startTestParley } from "../../testing/parley.ts";
import { runProgram } from "../../testing/run-program.ts";
import { checkSettings, type Finding } from "../doctor/check-settings.ts";

let db: TestDatabase;
let parley: Awaited<ReturnType<typeof startTestParley>>;
beforeAll(async () => {
	db = await createTestDatabase();
	parley = await startTestParley({ db });
});
afterAll(async () => {
	await parley?.close();
	await db?.drop();
});

const portOf = (url: string) => new URL(url).port;
async function run(env: Record<string, string> = {}) {
	const settings = { DATABASE_URL: db.url, PORT: portOf(parley.url), ...env };
	const { output, exitCode } = await runProgram(["doctor", "--json"], { env: settings });
	const findings: Finding[] = JSON.parse(output);
	return { exitCode, of: (check: string) => findings.find((one) => one.check === check) };
}

const settings = {
	port: 3000,
	host: "localhost",
	publicUrl: "http://localhost:3000",
	instances: 1,
	rateStore: null,
	authSecret: null,
	mail: { smtpUrl: "smtp://localhost", from: "a@example.com" },
	signUp: "invite",
} as const;

describe("settings that do not go together", () => {
	it.each([
		["none of the defaults", {}, []],
		["a server for the network without its public address", { host: "0.0.0.0" }, ["public address"]],
		["a public address without encryption", { publicUrl: "http://chat.example.com" }, ["encryption"]],
		["a public address with it", { publicUrl: "https://chat.example.com", host: "0.0.0.0" }, []],
		["several processes, each with a secret of its own", { instances: 2 }, ["sessions", "rate limits"]],
		["no way to send email", { mail: null }, ["email"]],
	])("%s", (_, changed, checks) => {
		const found = checkSettings({ ...settings, ...changed });
		expect(found.filter(({ state }) => state !== "ok").map(({ check }) => check)).toEqual(checks);
	});
});

describe("doctor", () => {
	it("finds the database, the running server and a missing administrator", async () => {
		const found = await run();
		expect(found.of("database")).toMatchObject({ state: "ok" });
		expect(found.of("server")).toMatchObject({ state: "ok", detail: "ready, database ok" });
		expect(found.of("administrators")).toMatchObject({ state: "warn" });
		expect(found.exitCode).toBe(0);
	});

	it("tells an administrator on the free plan how a limit is raised, and is content with the owner's plan", async () => {
		const person = { password: "long enough 1", role: "admin" } as const;
		await createUser(db, { ...person, email: "owner@example.com" });
		expect((await run()).of("administrators")).toMatchObject({ state: "ok" });
		await createUser(db, { ...person, email: "second@example.com" });
		const { detail } = (await run()).of("administrators") ?? {};
		expect(detail).toMatch(/^second@example\.com: .*user set-plan .*--plan unlimited.*plan set free/);
	});

	it("says that a proxy is there and which setting is missing", async () => {
		expect((await run()).of("proxy")).toBeUndefined();
		await fetch(parley.url, { headers: { "x-forwarded-host": "chat.example.com" } });
		const found = await run();
		expect(found.of("proxy")?.detail).toContain("PARLEY_PUBLIC_URL=https://chat.example.com");
		expect(found.exitCode).toBe(1);
	});

	it("tells no server, another program and a public address that leads elsewhere apart", async () => {
		const other = createServer((_, response) => response.end("hello"));
		await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
		const port = String((other.address() as AddressInfo).port);
		expect((await run({ PORT: port })).of("server")).toMatchObject({ state: "fail" });
		const url = `http://127.0.0.1:${port}`;
		expect((await run({ PARLEY_PUBLIC_URL: url })).of("public address")).toMatchObject({ state: "warn" });
		other.close();
		expect((await run({ PORT: port })).of("server")).toMatchObject({ state: "warn" });
		const reached = await run({ PARLEY_PUBLIC_URL: parley.url.replace("127.0.0.1", "localhost") });
		expect(reached.of("server")).toMatchObject({ state: "ok" });
	});

	it("fails when the database does not answer", async () => {
		const found = await run({ DATABASE_URL: "postgres://me:hidden@127.0.0.1:1/chat" });
		expect(found.of("database")).toMatchObject({ state: "fail" });
		expect(found.of("database")?.detail).not.toContain("hidden");
		expect(found.exitCode).toBe(1);
	});
});
