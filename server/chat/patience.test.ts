// Longer than other files: one scripted stage, and every way in which a turn's time runs out on it.

import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { loadEncoding, toConversation } from "../context/index.ts";
import { AppError } from "../contract/errors.ts";
import { type ModelPart, toTextMessage } from "../contract/model-message.ts";
import { systemClock } from "../kernel/clock.ts";
import type { CatalogueModel, ModelCall } from "../models/index.ts";
import { type Breakers, createCallPermits, createQueue, createRetryBudget } from "../resilience/index.ts";
import type { AcceptedTurn } from "../turns/accept/accept-turn.ts";
import type { RunningTurn } from "../turns/pump-turn.ts";
import { TurnRecord } from "../turns/turn-record.ts";
import { runTurn } from "./run-turn.ts";
import { type ProcessRooms, toTurnRooms } from "./turn-rooms.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** What a model does, one after the other: wait so many milliseconds, say something, break, or end well after its last word. */
type Script = readonly (number | string | Error)[];

const toModel = (id: string, more: Partial<CatalogueModel> = {}): CatalogueModel => ({
	id,
	providerId: `at-${id}`,
	providerModelId: id,
	name: id,
	tier: "small",
	isTest: false,
	contextWindow: 16_000,
	maxOutputTokens: 1_000,
	isReasoning: false,
	loadMs: 0,
	cacheMs: 0,
	abilities: [],
	prices: null,
	priceSource: "config",
	fallbacks: [],
	limits: { deployment: id, requestsPerMinute: null, tokensPerMinute: null, concurrency: null },
	...more,
});

async function* play(script: Script, { signal }: ModelCall): AsyncGenerator<ModelPart> {
	yield { type: "response-start", providerRequestId: null };
	for (const step of script) {
		if (step instanceof Error) throw step;
		if (typeof step === "string") yield { type: "text-delta", text: step };
		else
			await new Promise<void>((resolve, reject) => {
				setTimeout(resolve, step);
				signal.addEventListener("abort", () => reject(signal.reason), { once: true });
			});
	}
	yield { type: "finish", finishReason: "stop", usage: null };
}

const gate = { key: "any", epoch: 1, probeId: null };
const prices = {
	inputUsdPerMTok: "1",
	outputUsdPerMTok: "1",
	cachedInputUsdPerMTok: null,
	cacheWriteUsdPerMTok: null,
	reasoningUsdPerMTok: null,
	longContext: null,
};

/** A process with scripted models, the first of which is asked; breakers let everybody pass and note what they are told. */
function createStage(models: readonly CatalogueModel[], scripts: Record<string, Script>) {
	const reports: string[] = [];
	const events: string[] = [];
	const told = new WeakSet<object>();
	/** Models whose breaker is open. */
	const refused = new Set<string>();
	const asked: string[] = [];
	const queue = createQueue({ clock: systemClock, instances: 1 });
	const breakers = {
		findRefusal: ({ providerModelId }: CatalogueModel) =>
			refused.has(providerModelId) ? { isAdmitted: false, reason: "open", retryAfterMs: 9_000 } : null,
		admit: async () => ({ isAdmitted: true, model: gate, provider: gate }),
		noteContent: () => undefined,
		/** Of each admission the first counts. */
		report(admission: object, outcome: string) {
			if (!told.has(admission)) reports.push(outcome);
			told.add(admission);
		},
	};
	const retryBudget = createRetryBudget({ clock: systemClock, instances: 1 });
	const find = (id: string) => models.find((model) => model.id === id);
	const shared: ProcessRooms = {
		findPolicy: () => null,
		clock: systemClock,
		retryBudget,
		permits: createCallPermits({ breakers: breakers as unknown as Breakers, queue }),
		models: {
			find,
			list: () => [...models],
			default: () => models[0] as CatalogueModel,
			open(call) {
				asked.push(call.model.id);
				return play(scripts[call.model.id] ?? [], call);
			},
		},
		findPrice: () => ({ prices, source: "config", listVersion: null }) as never,
		readConversation: async () => toConversation([]),
		isSpendingPaused: async () => false,
		readVectors: async () => new Map(),
		logger: { info: () => undefined, error: () => undefined },
	};
	/** Runs a turn to its end, and measures how long that took. What is held is just enough for one call. */
	async function run(
		more: Partial<AcceptedTurn> = {},
		{ hold = async () => true, ...changed }: Partial<ProcessRooms & RunningTurn> = {},
	) {
		const open = { openModels: null, openTiers: null };
		const reservation = { maxOutputTokens: 500, reservedNanoUsd: 580_000n, reservedTokens: 580, open };
		const turn = {
			turnId: crypto.randomUUID(),
			userId: "somebody",
			requestedModel: models[0]?.id,
			modelId: null,
			textBefore: "",
			conversation: toConversation([{ ...toTextMessage("user", "a question"), tokens: 7 }]),
			priority: "people",
			ageMs: 0,
			reservation,
			...more,
		} as AcceptedTurn;
		const record = new TurnRecord([]);
		const running: RunningTurn = {
			emit(event) {
				events.push(event.type);
				record.push(event);
			},
			markQueued: () => undefined,
			markRunning: async () => undefined,
			settle: async () => undefined,
			hold,
			signal: new AbortController().signal,
		};
		const startedAt = performance.now();
		const ended = runTurn(turn, toTurnRooms(turn, running, { ...shared, ...changed })).then((outcome) => ({
			...outcome,
			text: record.view.text,
			calls: record.calls,
			tookMs: performance.now() - startedAt,
		}));
		await vi.advanceTimersByTimeAsync(700_000);
		return await ended;
	}
	return { run, shared, queue, retryBudget, reports, events, refused, asked };
}

const silent: Script = [600_000];
const well: Script = [2_000, "It went well."];

// The stage's clock runs while the process waits for a file.
beforeAll(() => loadEncoding("o200k_base"));

describe("a turn that was taken over", () => {
	it.each(["people", "api"] as const)(
		"is given what is left of its time, not a new time: %s",
		async (priority) => {
			const { run } = createStage([toModel("mute")], { mute: silent });
			const { code, tookMs, durationMs } = await run({ priority, ageMs: 29_000 });
			expect(code).toBe("timeout");
			expect(tookMs).toBeLessThanOrEqual(16_000);
			expect(Math.round(durationMs)).toBe(Math.round(29_000 + tookMs));
		},
	);

	it("is answered where that is enough", async () => {
		const { run } = createStage([toModel("good")], { good: well });
		expect(await run({ ageMs: 29_000 })).toMatchObject({ status: "complete", text: "It went well." });
	});
});

describe("a model that its server loads for minutes", () => {
	it("answers beyond the turn's ordinary time, and the reader sees why", async () => {
		const stage = createStage([toModel("big", { loadMs: 300_000 })], { big: [240_000, "Loaded."] });
		expect(await stage.run()).toMatchObject({ status: "complete", text: "Loaded." });
		expect(stage.asked).toEqual(["big"]);
		const call = ["context-fit", "attempt-start", "model-load", "text-delta", "attempt-end"];
		expect(stage.events).toEqual(["route-choose", ...call]);
	});
});

describe("a call that is made late, because its turn has waited", () => {
	const narrow = toModel("narrow");
	const oneAtATime = { ...narrow, limits: { ...narrow.limits, concurrency: 1 } };
	/** Another call has the only place for so long. */
	async function keepBusy({ queue }: ReturnType<typeof createStage>, ms: number) {
		const { deployment, ...limits } = oneAtATime.limits;
		const slot = await queue.enter({
			deployment,
			limits,
			userId: "other",
			priority: "people",
			tokens: 1,
			expiresAtMs: 1e9,
			signal: new AbortController().signal,
		});
		setTimeout(() => slot.release(), ms);
	}

	it("has time for an ordinary answer", async () => {
		const stage = createStage([oneAtATime], { narrow: well });
		await keepBusy(stage, 40_500);
		expect(await stage.run()).toMatchObject({ status: "complete" });
	});

	it("is not made at all in the last seconds", async () => {
		const stage = createStage([oneAtATime], { narrow: well });
		await keepBusy(stage, 42_500);
		expect(await stage.run()).toMatchObject({ status: "expired_in_queue" });
		expect(stage.asked).toEqual([]);
	});

	it("is no failure of a provider that was given less than its own time", async () => {
		const stage = createStage([toModel("slow")], { slow: [18_000, "late"] });
		const { code, tookMs } = await stage.run({ ageMs: 29_000 });
		expect({ code, reports: stage.reports }).toEqual({ code: "timeout", reports: ["ignore"] });
		expect(tookMs).toBeLessThanOrEqual(16_000);
	});

	it("is a failure of a provider that broke it off, or was silent for its own whole time", async () => {
		const broken = createStage([toModel("broken")], { broken: [1_000, new Error("reset")] });
		await broken.run({ ageMs: 38_000 });
		expect(broken.reports[0]).toBe("failure");
		const mute = createStage([toModel("mute")], { mute: silent });
		await mute.run();
		expect(mute.reports[0]).toBe("failure");
	});

	it("is a failure of a provider that sent not even headers in its own time for them, and only then", async () => {
		const thinker = toModel("thinker", { isReasoning: true });
		const stage = createStage([thinker], { thinker: silent });
		const open: ProcessRooms["models"]["open"] = async function* ({ signal }) {
			await new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
		};
		await stage.run({ ageMs: 20_000 }, { models: { ...stage.shared.models, open } });
		expect(stage.reports).toEqual(["failure", "ignore"]);
	});
});

describe("an answer that breaks off late", () => {
	const reset = new Error("reset");
	/** A word every ten seconds, for so long. */
	const speak = (seconds: number): Script =>
		Array.from({ length: seconds / 10 }, () => [10_000, "word "]).flat();
	const first = toModel("first", { fallbacks: ["next", "last"] });

	it("is gone on with by another model, which has time for its first word", async () => {
		const stage = createStage([first, toModel("next")], {
			first: [...speak(50), reset],
			next: [15_000, "And so it ended."],
		});
		const { status, text } = await stage.run();
		expect({ status, asked: stage.asked }).toEqual({ status: "complete", asked: ["first", "next"] });
		expect(text.endsWith("And so it ended.")).toBe(true);
	});

	it("stays as it is where that model is silent, after its time and not later", async () => {
		const stage = createStage([first, toModel("next"), toModel("last")], {
			first: [...speak(50), reset],
			next: silent,
		});
		const { code, tookMs } = await stage.run();
		expect({ code, asked: stage.asked }).toEqual({ code: "stream_interrupted", asked: ["first", "next"] });
		expect(tookMs).toBeGreaterThan(69_000);
		expect(tookMs).toBeLessThan(71_000);
	});

	it("holds nothing for models whose turn could not come in time", async () => {
		const full = (id: string) => toModel(id, { limits: { ...first.limits, deployment: id, concurrency: 1 } });
		const stage = createStage([first, full("next"), full("last")], { first: [...speak(50), reset] });
		const { deployment: _, ...limits } = full("next").limits;
		for (const deployment of ["next", "last"])
			await stage.queue.enter({
				deployment,
				limits,
				userId: "other",
				priority: "people",
				tokens: 1,
				expiresAtMs: 1e9,
				signal: new AbortController().signal,
			});
		let holds = 0;
		const hold = async () => ++holds > 0;
		expect(await stage.run({}, { hold })).toMatchObject({ code: "stream_interrupted" });
		expect({ holds, asked: stage.asked }).toEqual({ holds: 1, asked: ["first"] });
	});

	it.each([
		["of one model", { first: speak(500) }, ["first"]],
		["of two", { first: [...speak(280), reset], next: speak(500) }, ["first", "next"]],
	])(
		"ends within 300 s of its beginning, which is no failure of its provider: %s",
		async (_, scripts, asked) => {
			const stage = createStage([first, toModel("next"), toModel("last")], scripts);
			const { code, tookMs, text } = await stage.run({ ageMs: 1_000 });
			expect({ code, asked: stage.asked }).toEqual({ code: "stream_interrupted", asked });
			expect(tookMs).toBeLessThan(299_000);
			expect(text.length).toBeGreaterThan(100);
			expect(stage.reports.at(-1)).toBe("success");
		},
	);

	it("has its whole time in the background, however long it waited", async () => {
		const stage = createStage([toModel("first")], { first: speak(290) });
		const { status } = await stage.run({ priority: "background", ageMs: 585_000 });
		expect(status).toBe("complete");
	});
});

describe("another model at the provider that failed", () => {
	const here = { providerId: "here" };
	const dead = [new Error("broken")];
	const models = [
		toModel("first", { ...here, fallbacks: ["second", "elsewhere"] }),
		toModel("second", here),
		toModel("elsewhere"),
	];

	it("counts as a retry there, one at another provider as a request", async () => {
		const stage = createStage(models, { first: dead, second: well, elsewhere: well });
		const counted: string[] = [];
		const retryBudget = {
			...stage.retryBudget,
			countRequest: (id: string) => void counted.push(`request ${id}`),
			countRetry: (id: string) => void counted.push(`retry ${id}`),
		};
		await stage.run({}, { retryBudget });
		expect(stage.asked).toEqual(["first", "first", "second"]);
		expect(counted).toEqual(["request here", "retry here", "retry here"]);
		const [first, , elsewhere] = models;
		if (!first || !elsewhere) throw new Error("There are three models.");
		const other = createStage([{ ...first, fallbacks: ["elsewhere"] }, elsewhere], {
			first: dead,
			elsewhere: well,
		});
		counted.length = 0;
		await other.run({}, { retryBudget });
		expect(counted).toEqual(["request here", "retry here", "request at-elsewhere"]);
	});

	it("is passed over for one elsewhere while that provider may not be retried", async () => {
		const stage = createStage(models, { first: dead, second: well, elsewhere: well });
		while (stage.retryBudget.canRetry("here")) stage.retryBudget.countRetry("here");
		expect(await stage.run()).toMatchObject({ status: "complete" });
		expect(stage.asked).toEqual(["first", "elsewhere"]);
	});

	it("is not passed over when the first was not even called", async () => {
		const stage = createStage(models, { second: well });
		while (stage.retryBudget.canRetry("here")) stage.retryBudget.countRetry("here");
		stage.refused.add("first");
		expect(await stage.run()).toMatchObject({ status: "complete" });
		expect(stage.asked).toEqual(["second"]);
	});
});

describe("storage that gives way between two calls", () => {
	const first = toModel("first", { fallbacks: ["next"] });
	const lost = async () => {
		throw new AppError("storage_unavailable", "Storage stayed away too long.");
	};

	it("leaves what was shown as an answer that broke off", async () => {
		const script = ["It began ", new Error("reset")];
		const stage = createStage([first, toModel("next")], { first: script, next: well });
		expect(await stage.run({}, { hold: lost })).toMatchObject({
			status: "interrupted",
			code: "stream_interrupted",
			text: "It began ",
			calls: [{}],
			failure: { class: "midstream" },
		});
	});

	it("is told as what it is where nothing was shown", async () => {
		const stage = createStage([first, toModel("next")], { first: [new Error("broken")], next: well });
		expect(await stage.run({ modelId: "first" }, { isSpendingPaused: lost })).toMatchObject({
			status: "failed",
			code: "storage_unavailable",
		});
	});
});
