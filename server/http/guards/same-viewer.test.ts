import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestParley } from "../../testing/parley.ts";

let parley: Awaited<ReturnType<typeof startTestParley>>;
let first: Awaited<ReturnType<typeof parley.signIn>>;
let second: Awaited<ReturnType<typeof parley.signIn>>;
beforeAll(async () => {
	parley = await startTestParley();
	first = await parley.signIn();
	second = await parley.signIn();
});
afterAll(() => parley?.close());

/** A call with the second person's session. */
const call = (path: string, headers: Record<string, string>, body?: object) =>
	fetch(`${parley.url}/api/trpc/${path}`, {
		...(body && { method: "POST", body: JSON.stringify(body) }),
		headers: { ...second.headers, ...(body && { "content-type": "application/json" }), ...headers },
	});
const codeOf = async (response: Response) => (await response.json()).error.data.parley;
const changed = { code: "conflict", details: { reason: "viewer_changed" } };
const message = () => ({ clientMessageId: crypto.randomUUID(), text: "[[sim tokens=3]] private words" });

describe("a page that was made for another person", () => {
	it("stores nothing in the account that is signed in now, and reads nothing of it", async () => {
		const headers = { "x-parley-viewer": first.userId };
		for (const answer of [
			await call("chat.send", headers, message()),
			await call("threads.list?input={}", headers),
			await call("account.delete", headers, { password: second.password }),
			await call("account.options?input={}", headers),
		]) {
			expect(answer.status).toBe(409);
			expect(await codeOf(answer)).toMatchObject(changed);
		}
		expect(await parley.db.sql`select from messages`).toEqual([]);
		expect(await parley.db.sql`select from users where id = ${second.userId}`).toHaveLength(1);
	});

	it("is refused in every call of a batch", async () => {
		const answer = await call(
			"chat.send,chat.send?batch=1",
			{ "x-parley-viewer": first.userId },
			{
				0: message(),
				1: message(),
			},
		);
		expect(answer.status).toBe(409);
		expect(await parley.db.sql`select from messages`).toEqual([]);
	});

	it("gets no stream, by the header or by tRPC's connection parameters", async () => {
		const named = encodeURIComponent(JSON.stringify({ "x-parley-viewer": first.userId }));
		for (const answer of [
			await call("events.follow?input={}", { "x-parley-viewer": first.userId }),
			await call(`events.follow?input={}&connectionParams=${named}`, {}),
			await call("events.follow?input={}&connectionParams=%5B%7B", {}),
		])
			expect(answer.headers.get("content-type")).toBe("application/json");
	});
});

describe("a call for the person who is signed in", () => {
	it("goes through, as does one that names no person", async () => {
		expect((await call("threads.list?input={}", { "x-parley-viewer": second.userId })).status).toBe(200);
		expect((await call("threads.list?input={}", {})).status).toBe(200);
	});

	it("has to sign in first when the session has ended", async () => {
		const answer = await call("threads.list?input={}", { cookie: "", "x-parley-viewer": second.userId });
		expect(answer.status).toBe(401);
	});
});
