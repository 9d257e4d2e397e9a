import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { foldEvents, startTestParley } from "../testing/parley.ts";

let parley: Awaited<ReturnType<typeof startTestParley>>;
let person: Awaited<ReturnType<typeof parley.signIn>>;
beforeAll(async () => {
	parley = await startTestParley();
	person = await parley.signIn();
});
afterAll(() => parley?.close());

const send = (text: string) => person.client.chat.send.mutate({ clientMessageId: crypto.randomUUID(), text });
const post = (
	path: string,
	init: Omit<RequestInit, "headers"> & { headers?: Record<string, string>; duplex?: "half" },
) =>
	fetch(`${parley.url}${path}`, {
		method: "POST",
		...init,
		headers: { ...person.headers, "content-type": "application/json", ...init.headers },
	});

describe("a turn over real HTTP with tRPC's stock client", () => {
	it("answers from the first event to the last, with dense ids and one end", async () => {
		const ids = await send("[[sim tokens=20,text=words]] Hello");
		const seen = await person.follow({ turnId: ids.turnId });
		expect(seen.map(({ id }) => id)).toEqual(seen.map((_, index) => `1.${index + 1}`));
		expect(seen[0]?.event).toMatchObject({ type: "turn-start", ...ids });
		expect(seen.find(({ event }) => event.type === "route-choose")?.event).toMatchObject({
			requestedModel: "auto",
			modelId: "small",
		});
		const ends = seen.filter(({ event }) => event.type === "turn-end");
		expect(ends).toHaveLength(1);
		expect(seen.at(-1)?.event).toMatchObject({
			type: "turn-end",
			status: "complete",
			receipt: { modelId: "small", attempts: 1, usage: { outputTokens: 20, source: "provider_final" } },
		});
		const { messages, liveTurn } = await person.client.threads.get.query({ threadId: ids.threadId });
		expect(liveTurn).toBeNull();
		expect(messages.map(({ role }) => role)).toEqual(["user", "assistant"]);
		expect(messages[1]?.text).toBe(foldEvents(seen.map(({ event }) => event)).text);
	});

	it("resumes after any event id without a lost or repeated character, live and finished", async () => {
		const { turnId } = await send("[[sim tokens=60,itl=4]] Hello");
		const live = await person.follow({ turnId, lastEventId: "1.1" });
		const whole = await person.follow({ turnId });
		expect(whole.slice(1)).toEqual(live);
		for (const [index, { id }] of whole.slice(0, -1).entries())
			expect(await person.follow({ turnId, lastEventId: id })).toEqual(whole.slice(index + 1));
		expect(await person.follow({ turnId, lastEventId: whole.at(-1)?.id })).toEqual(whole.slice(-1));
	});

	it("stops the upstream call, keeps the partial answer and says confirmed", async () => {
		const { turnId, threadId } = await send("[[sim tokens=2000,itl=10]] Tell me a long story");
		await new Promise((resolve) => setTimeout(resolve, 300));
		expect(await person.client.chat.stop.mutate({ turnId })).toEqual({ status: "confirmed" });
		const seen = await person.follow({ turnId });
		expect(seen.at(-1)?.event).toMatchObject({ type: "turn-end", status: "stopped" });
		const { messages } = await person.client.threads.get.query({ threadId });
		expect(messages[1]?.text.length).toBeGreaterThan(10);
		expect(messages[1]?.text).toBe(foldEvents(seen.map(({ event }) => event)).text);
		await expect.poll(() => parley.upstream.requests().at(-1)?.outcome).toBe("aborted_by_client");
		expect(await person.client.chat.stop.mutate({ turnId })).toEqual({ status: "confirmed" });
	});

	it("tells a broken answer from a complete one", async () => {
		const { turnId } = await send("[[sim tokens=40,fault=eof@20]] Hello");
		const end = (await person.follow({ turnId })).at(-1)?.event;
		expect(end).toMatchObject({ type: "turn-end", status: "interrupted", code: "stream_interrupted" });
	});

	it("tells the person's other tabs, and no other person's, what changed", async () => {
		const other = await parley.signIn();
		const heard = { mine: [] as string[], theirs: [] as string[] };
		const listen = (who: typeof person, into: string[]) =>
			who.client.events.follow.subscribe({}, { onData: ({ data }) => into.push(data.type) });
		const listeners = [listen(person, heard.mine), listen(other, heard.theirs)];
		await new Promise((resolve) => setTimeout(resolve, 100));
		const { turnId } = await send("[[sim tokens=3]] Hello");
		await person.follow({ turnId });
		await expect.poll(() => heard.mine).toEqual(["thread-change", "turn-start", "turn-end"]);
		expect(heard.theirs).toEqual([]);
		for (const listener of listeners) listener.unsubscribe();
	});
});

describe("bad input", () => {
	const refused = (code: string) =>
		expect.objectContaining({ data: expect.objectContaining({ parley: expect.objectContaining({ code }) }) });

	it.each([
		["an empty message", { text: "" }, "invalid_request"],
		["a message of spaces", { text: " \n " }, "invalid_request"],
		["U+0000", { text: "a\u0000b" }, "invalid_request"],
		["a lone surrogate", { text: "a\ud800b" }, "invalid_request"],
		["a message of 250,000 characters", { text: "x".repeat(250_000) }, "invalid_request"],
		["an unknown model", { text: "Hello", model: "no-such-model" }, "unknown_model"],
		["a thread that is no id", { text: "Hello", threadId: "1; drop table" }, "invalid_request"],
		["a thread that does not exist", { text: "Hello", threadId: crypto.randomUUID() }, "not_found"],
	])("refuses %s with a typed error and writes nothing", async (_, input, code) => {
		const before = await parley.db.sql`select count(*)::int as n from messages`;
		const clientMessageId = crypto.randomUUID();
		await expect(person.client.chat.send.mutate({ clientMessageId, ...input })).rejects.toEqual(
			refused(code),
		);
		expect(await parley.db.sql`select count(*)::int as n from messages`).toEqual(before);
	});

	it.each(["x", "1.2.3", "-1.2", "1.-2", "0.1", "1.99999999999", "1.999999", "7.1", "1.1\u0000"])(
		"refuses the forged event id %j",
		async (lastEventId) => {
			const { turnId } = await send("[[sim tokens=3]] Hello");
			await expect(person.follow({ turnId, lastEventId })).rejects.toEqual(refused("invalid_request"));
			await person.client.chat.stop.mutate({ turnId });
		},
	);

	it("names a wrong method as the caller's mistake", async () => {
		const answer = await fetch(`${parley.url}/api/trpc/threads.list`, {
			method: "POST",
			body: "{}",
			headers: { ...person.headers, "content-type": "application/json" },
		});
		expect([answer.status, (await answer.json()).error.data.parley.code]).toEqual([405, "invalid_request"]);
	});

	it("answers a body over the cap with 413, declared or chunked, and stays up", async () => {
		const body = JSON.stringify({ clientMessageId: "x", text: "x".repeat(1_100_000) });
		const declared = await post("/api/trpc/chat.send", { body });
		expect(declared.status).toBe(413);
		expect((await declared.json()).error.data.parley.code).toBe("payload_too_large");
		const stream = new Blob([body]).stream();
		const chunked = await post("/api/trpc/chat.send", { body: stream, duplex: "half" });
		expect(chunked.status).toBe(413);
		expect((await fetch(`${parley.url}/api/health/ready`)).status).toBe(200);
	});

	it("answers malformed JSON with 400", async () => {
		expect((await post("/api/trpc/chat.send", { body: "{" })).status).toBe(400);
	});

	it("refuses a batch of more than ten calls", async () => {
		const path = Array.from({ length: 11 }, () => "models.list").join(",");
		const answer = await fetch(`${parley.url}/api/trpc/${path}?batch=1&input={}`, {
			headers: person.headers,
		});
		expect(answer.status).toBe(400);
	});
});

describe("who may call", () => {
	it.each([
		["no Origin", { origin: "" }],
		["another site's Origin", { origin: "https://evil.example" }],
		["no client header", { "x-parley-client": "" }],
		["a cross-site request", { "sec-fetch-site": "cross-site" }],
		["a form", { "content-type": "text/plain" }],
	])("refuses a mutation with %s", async (_, headers) => {
		const body = JSON.stringify({ clientMessageId: crypto.randomUUID(), text: "Hello" });
		const answer = await post("/api/trpc/chat.send", { body, headers });
		expect([400, 403]).toContain(answer.status);
	});

	it("answers 401 without a session, before any work", async () => {
		const answer = await fetch(`${parley.url}/api/trpc/threads.list?input={}`);
		expect(answer.status).toBe(401);
		expect((await answer.json()).error.data.parley.code).toBe("unauthorized");
	});

	it("does not find anything of another person's", async () => {
		const other = await parley.signIn();
		const { turnId, threadId, userMessageId } = await send("[[sim tokens=3]] mine");
		await person.follow({ turnId });
		const clientMessageId = crypto.randomUUID();
		const missing = expect.objectContaining({
			data: expect.objectContaining({ parley: expect.objectContaining({ code: "not_found" }) }),
		});
		const { chat, threads } = other.client;
		await expect(threads.get.query({ threadId })).rejects.toEqual(missing);
		await expect(threads.rename.mutate({ threadId, title: "x" })).rejects.toEqual(missing);
		await expect(threads.delete.mutate({ threadId })).rejects.toEqual(missing);
		await expect(threads.restore.mutate({ threadId })).rejects.toEqual(missing);
		await expect(threads.selectBranch.mutate({ threadId, messageId: userMessageId })).rejects.toEqual(
			missing,
		);
		await expect(chat.send.mutate({ clientMessageId, threadId, text: "x" })).rejects.toEqual(missing);
		await expect(chat.regenerate.mutate({ clientMessageId, userMessageId })).rejects.toEqual(missing);
		await expect(chat.stop.mutate({ turnId })).rejects.toEqual(missing);
		await expect(other.follow({ turnId })).rejects.toEqual(missing);
		expect((await threads.search.query({ query: "mine" })).hits).toEqual([]);
		expect((await threads.list.query({})).threads).toEqual([]);
	});

	it("ends a live stream within seconds when the account is suspended", async () => {
		const guest = await parley.signIn();
		const input = { clientMessageId: crypto.randomUUID(), text: "[[sim tokens=5000,itl=20]] long" };
		const { turnId } = await guest.client.chat.send.mutate(input);
		const reading = guest.follow({ turnId });
		await parley.db.sql`update users set suspended_at = now() where id = ${guest.userId}`;
		await expect(reading).rejects.toMatchObject({ data: { httpStatus: expect.any(Number) } });
		await expect(guest.client.threads.list.query({})).rejects.toMatchObject({
			data: { parley: { code: "suspended" } },
		});
		await parley.services.chat.stop(guest.userId as never, turnId as never);
	});
});

describe("pages", () => {
	it("carry a policy that lets nothing in from elsewhere, with a fresh nonce each", async () => {
		const policies = await Promise.all(
			[1, 2].map(async () => (await fetch(`${parley.url}/`)).headers.get("content-security-policy") ?? ""),
		);
		expect(policies[0]).toMatch(/default-src 'self'; script-src 'self' 'nonce-[^']+' 'strict-dynamic';/);
		expect(policies[0]).toMatch(/img-src 'self' blob: data:.*object-src 'none'.*frame-ancestors 'none'/);
		expect(policies[0]).not.toBe(policies[1]);
	});
});
