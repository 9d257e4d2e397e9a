import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { chooseRoad, toBar } from "../cascade/road.ts";
import { toRouter } from "../cascade/router/shared-router.ts";
import { drawTurn } from "../house/shadow/pair.ts";
import { claimTurn } from "../house/shadow/shadow-store.ts";
import { startTestParley } from "../testing/parley.ts";

type Parley = Awaited<ReturnType<typeof startTestParley>>;

let parley: Parley;
let admin: Awaited<ReturnType<Parley["signIn"]>>;
let person: Awaited<ReturnType<Parley["signIn"]>>;

const [share, usdPerDay] = [0.2, "100"];
const dear = { inputUsdPerMTok: "10", outputUsdPerMTok: "30" };
const large = (id: string, providerModelId: string) => ({
	id,
	providerModelId,
	tier: "large",
	prices: dear,
	provider: "sim",
	contextWindow: 16_000,
	maxOutputTokens: 4_096,
});
beforeAll(async () => {
	parley = await startTestParley({
		env: { PARLEY_SITE_BUDGET_USD: "1000" },
		models: {
			tiny: "sim:text=echo",
			twin: "sim:say=The same words.",
			"first-wins": "sim:say=Answer A.",
			"second-wins": "sim:say=**B**",
			equal: "sim:say=SAME",
			mute: "sim:text=words,tokens=3",
			broken: "sim:fault=500",
		},
		config: {
			providers: [],
			models: [
				large("giant", "sim:say=A long and careful answer."),
				large("slow", "sim:say=Late words.,ttft=6000"),
				large("failing", "sim:fault=500"),
				large("same", "sim:say=The same words."),
			],
		},
	});
	[admin, person] = [await parley.signIn({ role: "admin" }), await parley.signIn()];
});
afterAll(() => parley?.close());
beforeEach(async () => {
	await parley.db.sql`delete from shadows`;
	parley.upstream.reset();
});

const base = {
	small: ["tiny"],
	strong: ["giant"],
	dial: 0,
	shadow: { share, judge: "first-wins", usdPerDay },
};
async function publish(policy: object) {
	const { version } = await admin.client.admin.routing.draft.mutate({ policy: { ...base, ...policy } });
	await admin.client.admin.routing.publish.mutate({ version });
	return version;
}
const withJudge = (judge: string) => ({ shadow: { ...base.shadow, judge } });

async function ask(text: string, { model, by = person }: { model?: string; by?: typeof person } = {}) {
	const sent = await by.client.chat.send.mutate({ clientMessageId: crypto.randomUUID(), text, model });
	const end = (await by.follow({ turnId: sent.turnId })).at(-1)?.event;
	if (end?.type !== "turn-end") throw new Error("A followed turn ends.");
	return { ...sent, end };
}
/** Asks until a turn is in the sample; the ids of turns decide. */
async function askSampled(text: string, by = person) {
	for (;;) {
		const asked = await ask(text, { by });
		if (drawTurn(asked.turnId, share).isSampled) return asked;
	}
}
async function readShadow(turnId: string) {
	const [row] = await parley.db.sql`
		select road, cheap_model_id as cheap, strong_model_id as strong, is_strong_shown as "isStrongShown", judge_model_id as judge,
			outcome, verdict, is_cheap_first as "isCheapFirst", turn_nano_usd::text as "turnNanoUsd",
			shadow_nano_usd::text as "shadowNanoUsd", judge_nano_usd::text as "judgeNanoUsd", policy_version as version
		from shadows where turn_id = ${turnId}`;
	return row;
}
/** Once it has ended. */
async function waitForShadow(turnId: string) {
	const outcome = async () => (await readShadow(turnId))?.outcome ?? "interrupted";
	await expect.poll(outcome, { timeout: 40_000 }).not.toBe("interrupted");
	return (await readShadow(turnId)) ?? {};
}
const readOwnCalls = () => parley.db.sql`
	select purpose, calls.model_id as model, outcome, cost_nano_usd::text as cost,
		(select array_agg(account || ' ' || amount_nano_usd) from ledger where model_call_id = calls.id) as lines
	from model_calls as calls where turn_id is null order by started_at, calls.id`;
const readDay = async () => {
	const [row] = await parley.db.sql`
		select sum(used_nano_usd)::text as used, sum(reserved_nano_usd)::text as held
		from quota_buckets where key like 'shadow:day:%'`;
	return row;
};
/** Texts that providers were asked with, oldest first. */
async function readPrompts(): Promise<string[][]> {
	const response = await fetch(`${parley.upstream.url}/sim/requests?bodies=1`);
	const requests = (await response.json()) as { messages: { text: string }[] | null }[];
	return requests.map(({ messages }) => (messages ?? []).map(({ text }) => text));
}

const plain = "What is the capital of Peru?";
const json = "List the planets of the solar system and reply in JSON only.";
function toDraftDial(prompt: string): number {
	const router = toRouter();
	const { score } = router.assess(prompt);
	const isDraft = (dial: number) => chooseRoad(score, toBar(dial, router.toThreshold)) === "draft";
	const dial = [1, 2, 3, 4, 5, 6, 7, 8, 9].find(isDraft);
	if (dial === undefined) throw new Error(`No dial sends "${prompt}" there.`);
	return dial;
}

describe("shadow mode", { timeout: 90_000 }, () => {
	it("has a small model's answer made by the strong one, too, and pays for it itself", async () => {
		const version = await publish({});
		const { turnId, end } = await askSampled(plain);
		const shadow = await waitForShadow(turnId);
		expect(shadow).toMatchObject({
			road: "small",
			cheap: "tiny",
			strong: "giant",
			isStrongShown: false,
			judge: "first-wins",
			outcome: "judged",
			verdict: shadow.isCheapFirst ? "cheap" : "strong",
			version,
			turnNanoUsd: end.receipt.costNanoUsd,
		});
		const calls = (await readOwnCalls()).slice(-2);
		expect(calls.map(({ purpose, model }) => `${purpose}: ${model}`)).toEqual([
			"shadow: giant",
			"judge: first-wins",
		]);
		for (const { cost, lines } of calls) expect(lines).toEqual([`house ${cost}`]);
		expect(calls.map(({ cost }) => cost)).toEqual([shadow.shadowNanoUsd, shadow.judgeNanoUsd]);
		const bill = await person.client.usage.turn.query({ turnId });
		expect(bill.attempts.map(({ modelId }) => modelId)).toEqual(["tiny"]);
		expect(bill.chargedNanoUsd).toBe(end.receipt.costNanoUsd);
	});

	it("shows a judge both answers without names, in an order that the turn's id decides", async () => {
		await publish(withJudge("second-wins"));
		const seen = new Set<boolean>();
		while (seen.size < 2) {
			parley.upstream.reset();
			const { turnId } = await askSampled(plain);
			const shadow = await waitForShadow(turnId);
			const { isCheapFirst } = drawTurn(turnId, share);
			expect(shadow).toMatchObject({ isCheapFirst, verdict: isCheapFirst ? "strong" : "cheap" });
			const [, text = ""] = (await readPrompts()).at(-1) ?? [];
			const answers = [plain, "A long and careful answer."];
			const [a, b] = isCheapFirst ? answers : answers.toReversed();
			expect(text).toContain(`<answer-a>\n${a}\n</answer-a>\n<answer-b>\n${b}\n</answer-b>`);
			expect(text).toContain(`<conversation>\nuser: ${plain}\n</conversation>`);
			expect(text).not.toMatch(/giant|tiny|small|strong/);
			seen.add(isCheapFirst);
		}
	});

	it("has a strong model's answer made by the small one", async () => {
		await publish({ dial: 10, ...withJudge("equal") });
		const { turnId } = await askSampled(plain);
		expect(await waitForShadow(turnId)).toMatchObject({
			road: "strong",
			cheap: "tiny",
			strong: "giant",
			isStrongShown: true,
			outcome: "judged",
			verdict: "same",
		});
	});

	it("compares what came after a draft that was not accepted with the drafting model", async () => {
		await publish({ dial: toDraftDial(json) });
		const { turnId, end } = await askSampled(json);
		expect(end.receipt.route?.draft?.isAccepted).toBe(false);
		expect(await waitForShadow(turnId)).toMatchObject({
			road: "draft",
			cheap: "tiny",
			strong: "giant",
			isStrongShown: true,
			outcome: "judged",
			turnNanoUsd: end.receipt.costNanoUsd,
		});
	});

	it("asks no judge about two answers of the same words", async () => {
		await publish({ small: ["twin"], strong: ["same"], ...withJudge("broken") });
		const { turnId } = await askSampled(plain);
		expect(await waitForShadow(turnId)).toMatchObject({ verdict: "same", judgeNanoUsd: "0" });
	});

	it.each([
		["a model that fails", { strong: ["failing"] }, "no-answer", 3],
		["a judge that gives no verdict", withJudge("mute"), "no-verdict", 2],
		["a judge that fails", withJudge("broken"), "no-verdict", 4],
	])("counts %s, and tries no more", async (_, policy, outcome, callsMax) => {
		await publish(policy);
		const before = (await readOwnCalls()).length;
		const { turnId } = await askSampled(plain);
		expect(await waitForShadow(turnId)).toMatchObject({ outcome, verdict: null });
		const calls = (await readOwnCalls()).slice(before);
		expect(calls.length).toBeGreaterThan(0);
		expect(calls.length).toBeLessThanOrEqual(callsMax);
		const turn = { turnId, userId: person.userId };
		const plan = { policyVersion: 1, strong: ["giant"], judge: "equal", share, dayCapNanoUsd: 1n };
		expect(await claimTurn(parley.db, turn as never, { plan, isCheapFirst: true })).toBeNull();
	});

	it("calls nothing when the day's cap has no room", async () => {
		await publish({ shadow: { ...base.shadow, usdPerDay: "0.000000001" } });
		const before = await readOwnCalls();
		const { turnId } = await askSampled(plain);
		expect(await waitForShadow(turnId)).toMatchObject({ outcome: "no-room", shadowNanoUsd: "0" });
		expect(await readOwnCalls()).toEqual(before);
	});

	it("sends nothing to a judge that the person's plan leaves closed", async () => {
		await parley.db.sql`
			insert into plans (id, requests_per_minute, concurrent_streams, allowed_tiers, allowed_models)
			values ('two-models', 1000, 100, '{small,large}', '{tiny,giant}') on conflict do nothing`;
		await publish({});
		const { turnId } = await askSampled(plain, await parley.signIn({ plan: "two-models" }));
		expect(await waitForShadow(turnId)).toMatchObject({ outcome: "closed", shadowNanoUsd: "0" });
	});

	it("lets the person's answer end first, and asks nothing more once its thread is deleted", async () => {
		await publish({ strong: ["slow"] });
		const { turnId, threadId, end } = await askSampled(plain);
		expect(end.status).toBe("complete");
		await expect.poll(() => readShadow(turnId), { timeout: 40_000 }).toBeDefined();
		expect(await readShadow(turnId)).toMatchObject({ outcome: "interrupted" });
		await person.client.threads.delete.mutate({ threadId });
		expect(await waitForShadow(turnId)).toMatchObject({ outcome: "gone", judgeNanoUsd: "0" });
	});

	it("leaves out what is not in the sample, not Auto's, or deleted", async () => {
		const version = await publish({ shadow: { ...base.shadow, share: 0 } });
		const turns = [await ask(plain), await ask(plain, { model: "tiny" })];
		const plan = { policyVersion: version, strong: ["giant"], judge: "equal", share, dayCapNanoUsd: 1n };
		const claim = (turnId: string) => {
			const turn = { turnId, userId: person.userId } as never;
			return claimTurn(parley.db, turn, { plan, isCheapFirst: true });
		};
		const [auto, chosen] = turns;
		if (!auto || !chosen) throw new Error("Two turns were asked.");
		expect(await claim(chosen.turnId)).toBeNull();
		await person.client.threads.delete.mutate({ threadId: auto.threadId });
		expect(await claim(auto.turnId)).toBeNull();
		expect(await parley.db.sql`select from shadows`).toEqual([]);
	});

	it("takes a turn once, however many processes try, and forgets it with its turn", async () => {
		const version = await publish({ shadow: { ...base.shadow, share: 0 } });
		const { turnId, threadId } = await ask(plain);
		const plan = { policyVersion: version, strong: ["giant"], judge: "equal", share, dayCapNanoUsd: 1n };
		const turn = { turnId, userId: person.userId } as never;
		const claims = await Promise.all(
			[1, 2, 3, 4].map(() => claimTurn(parley.db, turn, { plan, isCheapFirst: true })),
		);
		expect(claims.filter((each) => each !== null)).toHaveLength(1);
		expect(await readShadow(turnId)).toMatchObject({ outcome: "interrupted" });
		await parley.db.sql`delete from threads where id = ${threadId}`;
		expect(await readShadow(turnId)).toBeUndefined();
	});

	it("is reported by road: all costs, and how often the cheap answer is enough", async () => {
		await publish(withJudge("first-wins"));
		const turns = [await askSampled(plain), await askSampled(plain), await askSampled(plain)];
		const rows: Record<string, string>[] = [];
		for (const { turnId } of turns) rows.push(await waitForShadow(turnId));
		const report = await admin.client.admin.routing.shadow.query({});
		expect(report.outcomes).toEqual({ judged: 3 });
		const enough = rows.filter(({ verdict }) => verdict !== "strong").length;
		expect(report.roads).toMatchObject([
			{ road: "small", isStrongShown: false, n: 3, cheapIsEnough: { share: enough / 3 } },
		]);
		expect(report.roads[0]?.prefersFirst).toMatchObject({ share: 1, high: 1 });
		const mean = (name: string) => rows.reduce((sum, row) => sum + BigInt(row[name] ?? 0), 0n) / 3n;
		expect(report.roads[0]?.turnNanoUsdMean).toBe(String(mean("turnNanoUsd")));
		expect(report.roads[0]?.otherNanoUsdMean).toBe(String(mean("shadowNanoUsd")));
		const own = await readOwnCalls();
		const total = own.reduce((sum, { cost }) => sum + BigInt(cost), 0n);
		expect(BigInt(report.shadowNanoUsd) + BigInt(report.judgeNanoUsd)).toBe(total);
		expect(await readDay()).toEqual({ used: String(total), held: "0" });
		await expect(person.client.admin.routing.shadow.query({})).rejects.toMatchObject({
			data: { code: "FORBIDDEN" },
		});
	});
});

describe("a policy is refused", () => {
	it.each([
		["an unknown judge of shadow mode", { judge: "gone" }, "gone"],
		["a sample that is too large", { share: 0.5 }, "shadow.share"],
		["a cap that is no amount", { usdPerDay: "1e3" }, "shadow.usdPerDay"],
	])("with %s", async (_, changed, word) => {
		const policy = { ...base, shadow: { ...base.shadow, ...changed } };
		await expect(admin.client.admin.routing.draft.mutate({ policy })).rejects.toThrow(word);
	});
});
