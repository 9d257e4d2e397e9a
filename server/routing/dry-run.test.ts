import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { toDialFor } from "../testing/dial-for.ts";
import { startTestParley } from "../testing/parley.ts";

let parley: Awaited<ReturnType<typeof startTestParley>>;
let admin: Awaited<ReturnType<typeof parley.signIn>>;
let person: Awaited<ReturnType<typeof parley.signIn>>;

const asked = "What is the capital of Peru?";
const base = { small: ["tiny"], strong: ["giant"] };

beforeAll(async () => {
	const prices = { inputUsdPerMTok: "1.5", outputUsdPerMTok: "6" };
	const model = { provider: "sim", contextWindow: 16_000, maxOutputTokens: 4_096, tier: "large", prices };
	parley = await startTestParley({
		models: { tiny: "sim:text=words,tokens=20" },
		config: {
			providers: [],
			models: [{ ...model, id: "giant", providerModelId: "sim:text=words,tokens=20" }],
		},
		env: { PARLEY_DEFAULT_MODEL: "giant" },
	});
	admin = await parley.signIn({ role: "admin" });
});
afterAll(() => parley?.close());
beforeEach(async () => {
	person = await parley.signIn();
});

async function ask(text: string, more: { model?: string; threadId?: string } = {}) {
	const sent = await person.client.chat.send.mutate({ clientMessageId: crypto.randomUUID(), text, ...more });
	await person.follow({ turnId: sent.turnId });
	return sent;
}
const tryDial = (dial: number, more: object = {}) =>
	admin.client.admin.routing.dryRun.query({ policy: { ...base, dial }, ...more });

it("a policy is tried on past turns: the road of each, and what they would have cost", async () => {
	await ask(asked);
	await ask(asked, { model: "giant" });
	const always = await tryDial(10);
	expect(always).toMatchObject({ turns: 1, roads: { strong: 1, small: 0 }, unpriced: 0 });
	expect(always.afterNanoUsd).toBe(always.beforeNanoUsd);
	expect(always.byPlan).toEqual([
		{ plan: "roomy", turns: 1, beforeNanoUsd: always.beforeNanoUsd, afterNanoUsd: always.afterNanoUsd },
	]);
	// The small model costs a tenth, rounded once for each turn.
	const never = await tryDial(0);
	expect(never.roads).toMatchObject({ small: 1, strong: 0 });
	expect(Number(never.afterNanoUsd)).toBeCloseTo(Number(never.beforeNanoUsd) / 10, -1);
	const drafted = await tryDial(toDialFor(asked, "draft"));
	expect(drafted).toMatchObject({ roads: { draft: 1 }, escalatedShare: 0.3, isEscalationMeasured: false });
	const expected = Number(always.beforeNanoUsd) * (0.1 + 0.3);
	expect(Math.abs(Number(drafted.afterNanoUsd) - expected)).toBeLessThan(5);
	expect(await tryDial(0, { ofAllModels: true })).toMatchObject({ turns: 2 });
	expect(await tryDial(0, { ofAllModels: true, turns: 1 })).toMatchObject({ turns: 1 });
});

it("what was said before counts, as it does for a new message, and no word of it comes back", async () => {
	const hard = "Write a Python function that merges overlapping intervals and explain its complexity.";
	const { threadId } = await ask(hard);
	await ask("And in Rust, please?", { threadId });
	const dial = toDialFor(hard, "strong");
	const tried = await tryDial(dial, { turns: 2 });
	expect(tried.roads.strong).toBe(2);
	expect(JSON.stringify(tried)).not.toContain("Rust");
});

it("a policy with mistakes is refused with each of them, and only administrators may try one", async () => {
	await expect(
		admin.client.admin.routing.dryRun.query({ policy: { ...base, strong: ["gone"], dial: 5 } }),
	).rejects.toThrow("gone");
	await expect(person.client.admin.routing.dryRun.query({ policy: base })).rejects.toMatchObject({
		data: { code: "FORBIDDEN" },
	});
});
