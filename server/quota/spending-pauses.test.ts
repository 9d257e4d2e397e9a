import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startTestParley } from "../testing/parley.ts";

type Parley = Awaited<ReturnType<typeof startTestParley>>;
let one: Parley;
let two: Parley;
let admin: Awaited<ReturnType<Parley["signIn"]>>;
let person: Awaited<ReturnType<Parley["signIn"]>>;
let elsewhere: ReturnType<Parley["reach"]>;
beforeAll(async () => {
	const models = { small: "sim-small", other: "sim-large" };
	one = await startTestParley({ models });
	two = await startTestParley({ models, db: one.db });
	admin = await one.signIn({ role: "admin" });
	person = await one.signIn();
	elsewhere = two.reach(person.cookie);
});
afterAll(async () => {
	await two?.close().catch(() => undefined);
	await one?.close();
});
beforeEach(() => one.db.sql`delete from spending_pauses`);

const ask = (from: Pick<typeof elsewhere, "client">, model = "small") =>
	from.client.chat.send.mutate({ clientMessageId: crypto.randomUUID(), text: "[[sim tokens=1]] x", model });
const paused = {
	data: { httpStatus: 402, parley: { code: "budget_exceeded", details: { limit: "spending_paused" } } },
};

describe("a pause of spending", () => {
	it("counts on every instance from its answer on, and reading goes on", async () => {
		const sent = await ask(elsewhere);
		await elsewhere.follow(sent);
		await admin.client.admin.spending.pause.mutate({ scope: { kind: "all" }, reason: "invoice" });
		two.upstream.reset();
		await expect(ask(elsewhere)).rejects.toMatchObject(paused);
		expect(two.upstream.requests()).toEqual([]);
		expect((await elsewhere.client.usage.turn.query(sent)).attempts).toHaveLength(1);
		await admin.client.admin.spending.resume.mutate({ scope: { kind: "all" } });
		expect(await ask(elsewhere)).toMatchObject({ turnId: expect.any(String) });
	});

	it.each([
		["a plan", () => ({ kind: "plan", id: "roomy" }) as const],
		["a person", () => ({ kind: "user", id: person.userId }) as const],
		["a model", () => ({ kind: "model", id: "small" }) as const],
	])("of %s stops those and no others", async (name, scope) => {
		await one.db.sql`
			insert into plans select (json_populate_record(plans, '{"id":"else"}')).* from plans where id = 'roomy'
			on conflict do nothing`;
		const stranger = await one.signIn({ plan: "else" });
		await admin.client.admin.spending.pause.mutate({ scope: scope() });
		await expect(ask(elsewhere)).rejects.toMatchObject(paused);
		if (name === "a model") {
			await expect(ask(stranger)).rejects.toMatchObject(paused);
			expect(await ask(elsewhere, "other")).toMatchObject({ turnId: expect.any(String) });
		} else expect(await ask(stranger)).toMatchObject({ turnId: expect.any(String) });
	});

	it("lets no message through that is sent after it, by many at once", async () => {
		let pausedAt = Number.POSITIVE_INFINITY;
		const late: string[] = [];
		const senders = Array.from({ length: 40 }, async (_, index) => {
			for (let round = 0; round < 5; round++) {
				const isLate = performance.now() > pausedAt;
				const answer = await ask(index % 2 === 0 ? person : elsewhere).catch(() => null);
				if (answer && isLate) late.push(answer.turnId);
			}
		});
		await admin.client.admin.spending.pause.mutate({ scope: { kind: "all" } });
		pausedAt = performance.now();
		await Promise.all(senders);
		expect(late).toEqual([]);
	}, 30_000);

	it("of what is not there is refused; twice is once; ending one leaves the others", async () => {
		const { spending } = admin.client.admin;
		await expect(spending.pause.mutate({ scope: { kind: "plan", id: "nope" } })).rejects.toMatchObject({
			data: { parley: { code: "not_found" } },
		});
		const first = await spending.pause.mutate({ scope: { kind: "all" }, reason: "a" });
		expect(await spending.pause.mutate({ scope: { kind: "all" }, reason: "b" })).toEqual(first);
		await spending.pause.mutate({ scope: { kind: "model", id: "small" } });
		expect(await spending.resume.mutate({ scope: { kind: "all" } })).toEqual({ wasPaused: true });
		expect(await spending.resume.mutate({ scope: { kind: "all" } })).toEqual({ wasPaused: false });
		expect((await spending.list.query()).pauses.map(({ scope }) => scope)).toEqual(["model:small"]);
	});
});
