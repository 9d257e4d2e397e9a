import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "../testing/database.ts";
import { startTestParley } from "../testing/parley.ts";
import { appRouter } from "./app-router.ts";
import type { ProcedureMeta } from "./trpc.ts";

type Parley = Awaited<ReturnType<typeof startTestParley>>;
type Person = Awaited<ReturnType<Parley["signIn"]>>;

interface Procedure {
	_def: { type: "query" | "mutation" | "subscription"; meta?: ProcedureMeta };
}
const procedures = Object.entries(appRouter._def.procedures as unknown as Record<string, Procedure>);

let db: TestDatabase;
/** Two instances on one database. */
let parley: Parley;
let elsewhere: Parley;
let person: Person;

beforeAll(async () => {
	db = await createTestDatabase();
	parley = await startTestParley({ db });
	elsewhere = await startTestParley({ db });
	person = await parley.signIn({ role: "admin" });
});
afterAll(async () => {
	await parley?.close();
	await elsewhere?.close();
	await db?.drop();
});

type NewKey = Parameters<Person["client"]["keys"]["create"]["mutate"]>[0];
const create = (more: Partial<NewKey> = {}) =>
	person.client.keys.create.mutate({ name: "a program", ...more });

/** Calls a procedure with a key, as a program does: no cookie, no origin. */
async function call(
	path: string,
	key: string,
	{ input = {}, at = parley }: { input?: object; at?: Parley } = {},
) {
	const procedure = procedures.find(([name]) => name === path)?.[1];
	const isMutation = procedure?._def.type === "mutation";
	const query = isMutation ? "" : `?input=${encodeURIComponent(JSON.stringify(input))}`;
	const answer = await fetch(`${at.url}/api/trpc/${path}${query}`, {
		method: isMutation ? "POST" : "GET",
		body: isMutation ? JSON.stringify(input) : undefined,
		headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
	});
	const text = await answer.text();
	const json = text.startsWith("{") ? JSON.parse(text) : null;
	const failure = json?.error?.data?.parley;
	return {
		status: answer.status,
		text,
		data: json?.result?.data,
		code: failure?.code,
		details: failure?.details,
	};
}
const send = (key: string, text = "[[sim tokens=2]] hello", at = parley) =>
	call("chat.send", key, { input: { text }, at });

describe("a key", () => {
	it("may call what was made for keys, within its scopes", async () => {
		const { key } = await create({ scopes: ["chat:write"] });
		const answer = await call("chat.complete", key, { input: { text: "[[sim tokens=3]] hello" } });
		expect(answer).toMatchObject({ status: 200, data: { status: "complete" } });
		expect((await person.client.threads.list.query({})).threads.length).toBeGreaterThan(0);
		const follow = await call("chat.follow", key, { input: { turnId: answer.data.turnId, once: true } });
		expect(follow.text).toContain('"type":"turn-end"');
		expect(await call("usage.summary", key)).toMatchObject({
			status: 403,
			code: "forbidden",
			details: { reason: "key_scope", scope: "usage:read" },
		});
		const reader = await create({ scopes: ["usage:read"] });
		expect(await call("usage.summary", reader.key)).toMatchObject({ status: 200 });
		expect(await send(reader.key)).toMatchObject({ code: "forbidden", details: { scope: "chat:write" } });
	});

	it("is refused by every procedure that was not made for keys, also an administrator's", async () => {
		const { key } = await create({ scopes: ["chat:write", "usage:read"] });
		const closed = procedures.filter(([, { _def }]) => _def.meta?.keyScope === undefined);
		expect(closed.length).toBeGreaterThan(50);
		for (const [path] of closed) expect((await call(path, key)).text, path).toContain('"reason":"key_scope"');
		expect(procedures.filter(([, { _def }]) => _def.meta?.keyScope).map(([path]) => path)).toEqual([
			"chat.send",
			"chat.complete",
			"chat.stop",
			"chat.follow",
			"models.list",
			"usage.limits",
			"usage.summary",
			"usage.turn",
		]);
	});

	it("in an address is refused by name, whatever else is sent", async () => {
		const { key } = await create();
		for (const query of [`api_key=${key}`, `x=${key}`, "access_token=abc", "api-key=1"]) {
			const answer = await fetch(`${parley.url}/api/trpc/models.list?${query}`, {
				headers: { authorization: `Bearer ${key}` },
			});
			expect(answer.status).toBe(400);
			expect(await answer.text()).toContain('"reason":"key_in_url"');
		}
	});

	it("that is not valid is refused, also beside a good session; another service's header is no key", async () => {
		const headersOf = (authorization: string) => ({ cookie: person.cookie, authorization });
		const ask = (authorization: string) =>
			fetch(`${parley.url}/api/trpc/models.list`, { headers: headersOf(authorization) });
		expect((await ask("Bearer parley_nonsense")).status).toBe(401);
		expect((await ask("Bearer eyJhbGciOiJub25lIn0.e30.")).status).toBe(200);
		expect((await ask("Basic dXNlcjpwYXNz")).status).toBe(200);
	});

	it("makes no cookie good for another site: without a key the origin counts as before", async () => {
		const answer = await fetch(`${parley.url}/api/trpc/chat.send`, {
			method: "POST",
			body: JSON.stringify({ text: "hello" }),
			headers: { cookie: person.cookie, "content-type": "application/json", authorization: "Bearer foreign" },
		});
		expect(answer.status).toBe(403);
	});

	it("is listed without its secret, and can be revoked by its owner and by administrators alone", async () => {
		const other = await parley.signIn();
		const made = await other.client.keys.create.mutate({ name: "another's" });
		const listed = await other.client.keys.list.query();
		expect(listed.keys).toMatchObject([{ keyId: made.keyId, name: "another's", revokedAt: null }]);
		expect(JSON.stringify(listed)).not.toContain(made.key);
		await person.client.admin.keys.revoke.mutate({ keyId: made.keyId });
		expect(await send(made.key)).toMatchObject({ status: 401, details: { reason: "key_revoked" } });
		const audited = await person.client.admin.audit.list.query({ limit: 5 });
		expect(audited.lines).toContainEqual(
			expect.objectContaining({
				action: "key.revoke",
				actorId: person.userId,
				subject: `key:${made.publicId}`,
			}),
		);
	});

	it("that is revoked is refused on every instance", async () => {
		const { key, keyId } = await create();
		expect([(await send(key)).status, (await send(key, "[[sim tokens=2]] hi", elsewhere)).status]).toEqual([
			200, 200,
		]);
		await person.client.keys.revoke.mutate({ keyId });
		expect((await send(key)).status).toBe(401);
		await expect
			.poll(async () => (await send(key, "[[sim tokens=2]] hi", elsewhere)).status, { timeout: 20_000 })
			.toBe(401);
	});
});

describe("a key's own limits", () => {
	it("of requests a minute refuse the next one, beside what the plan allows", async () => {
		const { key } = await create({ requestsPerMinute: 2 });
		const codes = [];
		for (let count = 0; count < 4; count++) codes.push((await send(key)).code ?? "ok");
		expect(codes).toEqual(["ok", "ok", "rate_limited", "rate_limited"]);
		expect(await send((await create()).key)).toMatchObject({ status: 200 });
	});

	it("of answers at a time hold exactly, over all instances and however many ask at once", async () => {
		const { key } = await create({ parallelMax: 2 });
		const long = "[[sim ttft=60000,tokens=5]] hello";
		const answers = await Promise.all(
			Array.from({ length: 12 }, (_, index) => send(key, long, index % 2 ? parley : elsewhere)),
		);
		const accepted = answers.filter(({ status }) => status === 200);
		expect(accepted).toHaveLength(2);
		for (const { status, code, details } of answers.filter((one) => one.status !== 200))
			expect({ status, code, limit: details.limit }).toEqual({
				status: 429,
				code: "rate_limited",
				limit: "key_parallel",
			});
		for (const { data } of accepted) await call("chat.stop", key, { input: { turnId: data.turnId } });
		await expect.poll(async () => (await send(key)).status, { timeout: 20_000 }).toBe(200);
	});

	it("of money hold what an answer may cost, count what it cost, and name the month's end", async () => {
		// The model costs 0.60 a million tokens: some hundred tokens' worth.
		const { key, keyId } = await create({ nanoUsdPerMonth: "400000" });
		const ask = () => call("chat.complete", key, { input: { text: "[[sim tokens=400]] hello" } });
		const first = await ask();
		expect(first).toMatchObject({ status: 200 });
		const [bucket] = await db.sql`select * from quota_buckets where key like ${`%:key:${keyId}`}`;
		expect(bucket?.used_nano_usd).toBe(first.data.receipt.costNanoUsd);
		expect(bucket).toMatchObject({ reserved_nano_usd: "0", reserved_tokens: "0" });
		const second = await ask();
		expect(second).toMatchObject({ status: 402, code: "quota_exceeded", details: { limit: "key_budget" } });
		expect(Date.parse(second.details.resetsAt)).toBeGreaterThan(Date.now());
		expect(await send((await create()).key)).toMatchObject({ status: 200 });
	});
});
