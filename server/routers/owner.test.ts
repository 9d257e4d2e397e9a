import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestParley } from "../testing/parley.ts";

let parley: Awaited<ReturnType<typeof startTestParley>>;
beforeAll(async () => {
	parley = await startTestParley();
});
afterAll(() => parley?.close());

const refusalOf = (call: Promise<unknown>) =>
	call.then(
		() => null,
		(error) => error.data.parley,
	);

describe("the first administrator", () => {
	it("has no limit of money or tokens; the second, and everyone else, is on the free plan", async () => {
		const { auth } = parley.services;
		const link = await auth.ensureSetupLink(parley.url);
		const token = new URL(link?.url ?? "").searchParams.get("token") ?? "";
		const password = "a good long password";
		const owner = await auth.acceptSetup({ email: "owner@example.com", password, token });
		expect(owner).toMatchObject({ role: "admin", plan: "unlimited" });
		const second = await auth.createUser({ email: "second@example.com", password, role: "admin" });
		const person = await auth.createUser({ email: "person@example.com", password, role: "user" });
		expect([second.plan, person.plan]).toEqual(["free", "free"]);
		const [plan] = await parley.db.sql`select * from plans where id = 'unlimited'`;
		expect(plan).toMatchObject({
			requests_per_day: null,
			tokens_per_day: null,
			nano_usd_per_day: null,
			nano_usd_per_month: null,
			max_output_tokens: null,
		});
		const answer = await parley.services.chat.send(owner.userId, {
			clientMessageId: "one",
			parts: [{ type: "text", text: "[[sim tokens=3]] hello" }],
		});
		expect(answer.turnId).toMatch(/-/);
	});
});

describe("an administrator who meets a limit", () => {
	it("is told how it is raised; other people are not", async () => {
		await parley.db.sql`
			insert into plans (id, requests_per_minute, requests_per_day, concurrent_streams, allowed_tiers)
			values ('none', 100, 0, 3, '{small}')`;
		const [admin, person] = [
			await parley.signIn({ role: "admin", plan: "none" }),
			await parley.signIn({ plan: "none" }),
		];
		const send = ({ client }: typeof admin) => refusalOf(client.chat.send.mutate({ text: "hello" }));
		expect(await send(admin)).toMatchObject({
			code: "quota_exceeded",
			details: { raiseWith: expect.stringContaining(`set-plan --email ${admin.email} --plan unlimited`) },
		});
		const refused = await send(person);
		expect(refused.code).toBe("quota_exceeded");
		expect(refused.details).not.toHaveProperty("raiseWith");
	});
});
