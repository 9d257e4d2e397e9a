import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestParley } from "../testing/parley.ts";

let parley: Awaited<ReturnType<typeof startTestParley>>;
let person: Awaited<ReturnType<typeof parley.signIn>>;
let threadId: string;
let batchId: string;
beforeAll(async () => {
	parley = await startTestParley();
	person = await parley.signIn({ role: "admin" });
	({ threadId } = await person.client.chat.send.mutate({ text: "[[sim tokens=2]] hello" }));
	({ batchId } = await person.client.batch.create.mutate({ items: [{ text: "[[sim tokens=2]] hello" }] }));
});
afterAll(() => parley?.close());

const encode = (keys: unknown) => Buffer.from(JSON.stringify(keys)).toString("base64url");
const id = crypto.randomUUID();
const forged = [
	"",
	"x",
	"-1",
	"1.5",
	"99999999999999999999",
	"'; drop table threads; --",
	...[null, {}, [], ["x"], [-1], [1.5], [1e300], [1e12], ["1"], [[1]], [null, null]].map(encode),
	...[
		["2026-02-31 00:00:00+00", id],
		["infinity", id],
		["99999999999999999999", id],
		["-5", id],
		["1e3", id],
		["NaN", id],
		[1, "not an id"],
		["\u0000", id],
		[1, id, 1],
	].map(encode),
];

describe.each(forged)("the forged cursor %j", (cursor) => {
	it("is the caller's mistake in every list", async () => {
		const { threads, batch, admin } = person.client;
		const calls: Record<string, Promise<unknown>> = {
			"threads.list": threads.list.query({ cursor }),
			"threads.get": threads.get.query({ threadId, cursor }),
			"threads.search": threads.search.query({ query: "hello", cursor }),
			"batch.list": batch.list.query({ cursor }),
			"batch.results": batch.results.query({ batchId, cursor }),
			"admin.users.list": admin.users.list.query({ cursor }),
			"admin.audit.list": admin.audit.list.query({ cursor }),
			"admin.breakers.history": admin.breakers.history.query({ cursor: cursor as never }),
		};
		for (const [name, call] of Object.entries(calls)) {
			const code = await call.then(
				() => "ok",
				(error) => error.data?.parley?.code,
			);
			expect([name, code]).toEqual([name, "invalid_request"]);
		}
	});
});

it("the cursors of the server lead through every page once", async () => {
	for (let index = 0; index < 4; index++)
		await person.client.chat.send.mutate({ text: `[[sim tokens=2]] page ${index}` });
	const seen: string[] = [];
	for (let cursor: string | undefined; ; ) {
		const page = await person.client.threads.list.query({ limit: 2, cursor });
		seen.push(...page.threads.map((thread) => thread.id));
		if (page.nextCursor === null) break;
		cursor = page.nextCursor;
	}
	expect(seen).toHaveLength(5);
	expect(new Set(seen).size).toBe(5);
});
