import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startTestParley } from "../testing/parley.ts";

let parley: Awaited<ReturnType<typeof startTestParley>>;
let person: Awaited<ReturnType<typeof parley.signIn>>;
beforeAll(async () => {
	parley = await startTestParley();
	await parley.db.sql`insert into plans (id, requests_per_minute, concurrent_streams, allowed_tiers)
		values ('narrow', 3, 1000, '{small}'), ('wide', 100, 1000, '{small}')`;
});
afterAll(() => parley?.close());
beforeEach(async () => {
	person = await parley.signIn({ plan: "narrow" });
});

interface Reply {
	status: number;
	headers: Headers;
	body: {
		result?: { data: { turnId: string } };
		error?: { data: { parley: { code: string; details: object } } };
	};
}
async function post(
	path: string,
	input: object,
	headers: Record<string, string> = person.headers,
): Promise<Reply> {
	const answer = await fetch(`${parley.url}/api/trpc/${path}`, {
		method: "POST",
		headers: { ...headers, "content-type": "application/json" },
		body: JSON.stringify(input),
	});
	return { status: answer.status, headers: answer.headers, body: await answer.json() };
}
const send = (clientMessageId: string = crypto.randomUUID(), headers = person.headers) =>
	post("chat.send", { clientMessageId, text: "[[sim tokens=1]] hello" }, headers);
const codeOf = ({ body }: Reply) => body.error?.data.parley.code;

describe("the rate of a plan", () => {
	it("is in every response, and the wait in a refusal", async () => {
		const replies = [await send(), await send(), await send(), await send()];
		expect(replies.map(({ status }) => status)).toEqual([200, 200, 200, 429]);
		expect(replies.map(({ headers }) => headers.get("ratelimit-remaining"))).toEqual(["2", "1", "0", "0"]);
		const [first, , , refused] = replies;
		expect(first?.headers.get("ratelimit-limit")).toBe("3");
		expect(Number(first?.headers.get("ratelimit-reset"))).toBeGreaterThan(50);
		expect(first?.headers.get("ratelimit-policy")).toBe('"requests";q=3;w=60');
		expect(first?.headers.get("ratelimit")).toMatch(/^"requests";r=2;t=\d+$/);
		expect(first?.headers.get("retry-after")).toBeNull();
		const seconds = Number(refused?.headers.get("retry-after"));
		expect(seconds).toBeGreaterThan(0);
		expect(seconds).toBeLessThanOrEqual(60);
		expect(refused?.body.error?.data.parley).toMatchObject({
			code: "rate_limited",
			details: { retryAfterMs: expect.any(Number) },
		});
	});

	it("never limits a replay, by clientMessageId or Idempotency-Key, and makes no second turn of it", async () => {
		const first = await send("one");
		const keyed = { ...person.headers, "idempotency-key": "two" };
		const second = await post("chat.send", { text: "[[sim tokens=1]] hello" }, keyed);
		await send();
		expect(codeOf(await send())).toBe("rate_limited");
		for (let index = 0; index < 5; index++) {
			expect((await send("one")).body.result).toEqual(first.body.result);
			expect((await post("chat.send", { text: "[[sim tokens=1]] hello" }, keyed)).body.result).toEqual(
				second.body.result,
			);
		}
		expect(codeOf(await post("chat.send", { clientMessageId: "one", text: "other" }))).toBe(
			"idempotency_conflict",
		);
		expect(codeOf(await send("three"))).toBe("rate_limited");
		const stranger = await parley.signIn({ plan: "narrow" });
		expect((await send("one", stranger.headers)).status).toBe(200);
	});

	it("is not used up by replays, and each says what is left", async () => {
		await send("one");
		const again = [await send("one"), await send("one"), await send("one")];
		expect(again.map(({ headers }) => headers.get("ratelimit-remaining"))).toEqual(["2", "2", "2"]);
		const complete = { clientMessageId: "two", text: "[[sim tokens=1]] hello" };
		for (let index = 0; index < 3; index++) await post("chat.complete", complete);
		const list = { clientBatchId: "three", items: [{ text: "[[sim tokens=1]] hello" }] };
		for (let index = 0; index < 3; index++)
			expect((await post("batch.create", list)).headers.get("ratelimit-remaining")).toBe("0");
		expect(codeOf(await send())).toBe("rate_limited");
	});

	it("is used up once by the same request sent three times at once", async () => {
		const twins = await Promise.all([send("one"), send("one"), send("one")]);
		expect(twins.map(({ status }) => status)).toEqual([200, 200, 200]);
		expect([(await send()).status, (await send()).status, (await send()).status]).toEqual([200, 200, 429]);
	});

	it("is one for send, regenerate and continue, is each person's own, and leaves reading and stopping alone", async () => {
		const sent = await person.client.chat.send.mutate({ text: "[[sim tokens=1]] hello" });
		await person.follow({ turnId: sent.turnId });
		const other = await parley.signIn({ plan: "narrow" });
		await person.client.chat.regenerate.mutate({ userMessageId: sent.userMessageId });
		await send();
		const { userMessageId, assistantMessageId, turnId } = sent;
		expect(codeOf(await post("chat.regenerate", { userMessageId }))).toBe("rate_limited");
		expect(codeOf(await post("chat.continue", { assistantMessageId }))).toBe("rate_limited");
		expect(await person.client.chat.stop.mutate({ turnId })).toEqual({ status: "confirmed" });
		await person.client.threads.get.query({ threadId: sent.threadId });
		expect((await send(crypto.randomUUID(), other.headers)).headers.get("ratelimit-remaining")).toBe("2");
	});

	it("changes with the plan's row within a second, and with the person's plan", async () => {
		for (let index = 0; index < 3; index++) await send();
		expect((await send()).status).toBe(429);
		await parley.db.sql`update plans set requests_per_minute = 4 where id = 'narrow'`;
		await new Promise((resolve) => setTimeout(resolve, 1_050));
		expect((await send()).headers.get("ratelimit-limit")).toBe("4");
		expect((await send()).status).toBe(429);
		await parley.db.sql`update plans set requests_per_minute = 3 where id = 'narrow'`;
		await parley.db.sql`update users set plan = 'wide' where id = ${person.userId}`;
		await expect
			.poll(async () => (await send()).headers.get("ratelimit-limit"), { timeout: 4_000 })
			.toBe("100");
		await parley.db.sql`update users set plan = 'nowhere' where id = ${person.userId}`;
		await expect
			.poll(async () => (await send()).headers.get("ratelimit-limit"), { timeout: 4_000 })
			.toBe("10");
		await new Promise((resolve) => setTimeout(resolve, 1_050));
	});

	it("is the strictest of several calls in one request", async () => {
		const calls = Array.from({ length: 5 }, (_, index) => [
			index,
			{ clientMessageId: crypto.randomUUID(), text: `[[sim tokens=1]] ${index}` },
		]);
		const path = Array.from(calls, () => "chat.send").join(",");
		const answer = await post(`${path}?batch=1`, Object.fromEntries(calls));
		expect(answer.status).toBe(207);
		expect(answer.headers.get("ratelimit-remaining")).toBe("0");
		expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(0);
	});

	it("does not count what the schema refuses, and needs a session", async () => {
		const refused = await post("chat.send", { text: "" });
		expect([refused.status, refused.headers.get("ratelimit-limit")]).toEqual([400, null]);
		const { cookie: _, ...stranger } = person.headers;
		const anonymous = await send("x", stranger as typeof person.headers);
		expect([anonymous.status, anonymous.headers.get("ratelimit-limit")]).toEqual([401, null]);
	});
});

describe("reserved money", () => {
	it("says in Retry-After when to retry", async () => {
		await parley.db
			.sql`insert into plans (id, requests_per_minute, concurrent_streams, allowed_tiers, requests_per_day)
			values ('one-a-day', 100, 1000, '{small}', 1)`;
		person = await parley.signIn({ plan: "one-a-day" });
		const text = "[[sim tokens=200,itl=20]] hello";
		const running = await post("chat.send", { text });
		const refused = await post("chat.send", { text });
		expect([refused.status, codeOf(refused)]).toEqual([402, "budget_in_flight"]);
		expect(refused.headers.get("retry-after")).toBe("2");
		await person.client.chat.stop.mutate({ turnId: running.body.result?.data.turnId ?? "" });
	});
});
