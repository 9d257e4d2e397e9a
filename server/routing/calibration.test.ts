import { afterAll, beforeAll, expect, it } from "vitest";
import { toDialFor } from "../testing/dial-for.ts";
import { startTestParley } from "../testing/parley.ts";

let parley: Awaited<ReturnType<typeof startTestParley>>;
let admin: Awaited<ReturnType<typeof parley.signIn>>;
let person: Awaited<ReturnType<typeof parley.signIn>>;

beforeAll(async () => {
	const prices = { inputUsdPerMTok: "1.5", outputUsdPerMTok: "6" };
	const model = { provider: "sim", contextWindow: 16_000, maxOutputTokens: 4_096, tier: "large", prices };
	parley = await startTestParley({
		models: { tiny: "sim:text=echo" },
		config: { providers: [], models: [{ ...model, id: "giant", providerModelId: "sim:text=echo" }] },
	});
	[admin, person] = [await parley.signIn({ role: "admin" }), await parley.signIn()];
});
afterAll(() => parley?.close());

async function publish(dial: number) {
	const policy = { small: ["tiny"], strong: ["giant"], dial };
	const { version } = await admin.client.admin.routing.draft.mutate({ policy });
	await admin.client.admin.routing.publish.mutate({ version });
}

async function ask(text: string) {
	const sent = await person.client.chat.send.mutate({ clientMessageId: crypto.randomUUID(), text });
	await person.follow({ turnId: sent.turnId });
	return sent;
}

async function again(userMessageId: string, model: string) {
	const { turnId } = await person.client.chat.regenerate.mutate({
		clientMessageId: crypto.randomUUID(),
		userMessageId,
		model,
	});
	await person.follow({ turnId });
}

const plain = "What is the capital of Peru?";
const json = "List the planets of the solar system and reply in JSON only.";

it("says what became of each road, what was wrong with drafts and how often people asked again", async () => {
	await publish(toDialFor(plain, "small"));
	await ask(plain);
	const second = await ask(plain);
	await again(second.userMessageId, "giant");
	await publish(toDialFor(plain, "draft"));
	await ask(plain);
	await publish(toDialFor(json, "draft"));
	await ask(json);
	const report = await admin.client.admin.routing.report.query({});
	expect(report.roads).toMatchObject([
		{ road: "draft", turns: 2, acceptedDrafts: 1, rejectedDrafts: 1, retried: 0 },
		{ road: "small", turns: 2, savingUnknown: 0, retried: 1, retriedStronger: 1 },
	]);
	expect(BigInt(report.roads[1]?.savedNanoUsd ?? 0)).toBeGreaterThan(0n);
	expect(report.faults).toEqual([{ fault: "no JSON", drafts: 1 }]);
	expect(report.scores.reduce((sum, { n }) => sum + n, 0)).toBe(4);
	expect(report.scores.reduce((sum, { notEnough }) => sum + notEnough, 0)).toBe(2);
	expect(report).toMatchObject({ ranking: null, advice: "too_few" });
});

it("says to train again when the router ranks no better than chance, and not before", async () => {
	const { sql } = parley.db;
	const spread = async (toScore: string) => {
		await sql`
			with numbered as (
				select id, row_number() over (order by id) as place from turns where receipt -> 'route' is not null
			)
			update turns set receipt = jsonb_set(jsonb_set(receipt::jsonb, '{route,draft}',
				jsonb_build_object('modelId', 'tiny', 'isAccepted', place % 2 = 0, 'faults', '[]'::jsonb)),
				'{route,score}', to_jsonb((${sql.unsafe(toScore)})::float8))::json
			from numbered where numbered.id = turns.id`;
	};
	await publish(toDialFor(plain, "small"));
	for (let count = 0; count < 80; count += 8) await Promise.all(Array.from({ length: 8 }, () => ask(plain)));
	await spread("case when place % 2 = 0 then 0.2 else 0.7 end");
	expect(await admin.client.admin.routing.report.query({})).toMatchObject({ advice: "enough" });
	await spread("(place % 7) / 10.0");
	expect(await admin.client.admin.routing.report.query({})).toMatchObject({ advice: "retrain" });
});

it("is for administrators, over a range that exists", async () => {
	await expect(person.client.admin.routing.report.query({})).rejects.toMatchObject({
		data: { code: "FORBIDDEN" },
	});
	await expect(
		admin.client.admin.routing.report.query({ from: "2026-02-01", to: "2026-01-01" }),
	).rejects.toMatchObject({ data: { code: "BAD_REQUEST" } });
	expect(
		await admin.client.admin.routing.report.query({ from: "2020-01-01", to: "2020-01-02" }),
	).toMatchObject({
		roads: [],
		advice: "too_few",
	});
});
