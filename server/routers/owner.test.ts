import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Viewer } from "../auth/index.ts";
import type { UserId } from "../contract/ids.ts";
import { startTestParley } from "../testing/parley.ts";
import { toRaiseHint } from "./raise-hint.ts";

let parley: Awaited<ReturnType<typeof startTestParley>>;
beforeAll(async () => {
	parley = await startTestParley();
});
afterAll(() => parley?.close());

const ada: Viewer = {
	userId: "ada" as UserId,
	email: "ada@example.com",
	name: "Ada",
	role: "admin",
	plan: "free",
	sessionEpoch: 1,
};

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
	const setPlan = "user set-plan --email ada@example.com --plan unlimited";
	it.each([
		[{ limit: "money_per_day" }, "free", setPlan],
		[{ limit: "requests_per_minute", retryAfterMs: 5 }, "free", setPlan],
		[{ reason: "model_not_allowed" }, "free", setPlan],
		[{ limit: "requests_per_minute" }, "unlimited", "plan set unlimited requests-per-minute=N"],
		[{ limit: "concurrent_streams" }, "unlimited", "plan set unlimited concurrent-streams=N"],
	])("%j on the plan %s learns how it is raised", (details, plan, command) => {
		const viewer = { ...ada, plan };
		expect(toRaiseHint({ details }, viewer)).toEqual({ plan, raiseWith: `npm run -s parley -- ${command}` });
		expect(toRaiseHint({ details }, { ...viewer, role: "user" })).toEqual({});
	});

	it.each([
		[{ limit: "site_budget" }, { raiseWith: "PARLEY_SITE_BUDGET_USD" }],
		[{ limit: "spending_paused" }, { raiseWith: "npm run -s parley -- spending list" }],
		[{ limit: "reads" }, {}],
		[{ limit: "in_flight" }, {}],
		[{ reason: "last_administrator" }, {}],
	])("%j adds %j", (details, hint) => {
		expect(toRaiseHint({ details }, ada)).toEqual(hint);
	});

	it("gets it with the refusal, and other people do not", async () => {
		await parley.db.sql`
			insert into plans (id, requests_per_minute, requests_per_day, concurrent_streams, allowed_tiers)
			values ('none', 100, 0, 3, '{small}'), ('slow', 1, null, 3, '{small}')`;
		const send = ({ client }: Awaited<ReturnType<typeof parley.signIn>>) =>
			refusalOf(client.chat.send.mutate({ text: "[[sim tokens=2]] hello" }));
		const admin = await parley.signIn({ role: "admin", plan: "none" });
		expect(await send(admin)).toMatchObject({
			code: "quota_exceeded",
			details: { limit: "requests_per_day", plan: "none", raiseWith: expect.stringContaining(admin.email) },
		});
		const refused = await send(await parley.signIn({ plan: "none" }));
		expect(refused.details).toMatchObject({ limit: "requests_per_day" });
		expect(refused.details).not.toHaveProperty("raiseWith");
		const slow = await parley.signIn({ role: "admin", plan: "slow" });
		await send(slow);
		expect(await send(slow)).toMatchObject({
			code: "rate_limited",
			details: { limit: "requests_per_minute", plan: "slow", raiseWith: expect.stringContaining("set-plan") },
		});
	});
});
