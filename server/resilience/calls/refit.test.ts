import { describe, expect, it } from "vitest";
import { systemClock } from "../../kernel/clock.ts";
import { type CatalogueModel, ProviderError } from "../../models/index.ts";
import { createRetryBudget } from "../retry-budget.ts";
import { type CallRooms, callModels } from "./call-models.ts";
import type { AnswerRequest, MadeCall } from "./types.ts";

const toModel = (contextWindow: number) =>
	({
		id: "m",
		providerId: "p",
		providerModelId: "m",
		contextWindow,
		isReasoning: false,
		loadMs: 0,
	}) as CatalogueModel;

interface Conversation {
	readonly tokens: number;
	readonly maxOutputTokens: number;
	/** The provider refuses it in its own window, too. */
	readonly refusesAll?: boolean;
	/** The provider's list of models says what its window is, its refusal does, or neither. */
	readonly states?: "list" | "refusal" | "never";
}

/** A provider with a smaller window than the catalogue says, which states it when it refuses the first call. */
async function ask({ refusesAll = false, states = "list", ...conversation }: Conversation) {
	const stated = 1_000;
	let window = 8_000;
	const sent: { input: number; output: number }[] = [];
	const made: MadeCall[] = [];
	const rooms = {
		models: {
			find: () => toModel(window),
			async *open({ model, maxOutputTokens }: Parameters<CallRooms["models"]["open"]>[0]) {
				const input = Math.min(conversation.tokens, model.contextWindow - maxOutputTokens);
				sent.push({ input, output: maxOutputTokens });
				if (states === "list") window = stated;
				const holds = states === "never" ? 7_000 : stated;
				const message =
					states === "refusal" ? `You sent ${input} tokens: the context length is ${stated}.` : "";
				const body = JSON.stringify({ error: { code: "context_length_exceeded", message } });
				if (model.contextWindow > holds || refusesAll)
					throw new ProviderError("http", "too long", { status: 400, body });
				yield { type: "text-delta", text: "Short." } as const;
				yield { type: "finish", finishReason: "stop", usage: null } as const;
			},
		},
		permits: {
			acquire: async () => ({
				noteHeaders: () => undefined,
				noteContent: () => undefined,
				release: () => undefined,
			}),
		},
		retryBudget: createRetryBudget({ clock: systemClock, instances: 1 }),
		clock: systemClock,
		logger: { info: () => undefined, error: () => undefined },
		toUsage: () => ({ inputTokens: 0, outputTokens: 0 }),
	} as unknown as CallRooms;
	const request = {
		turnId: "t",
		toName: (attempt: number) => `t-${attempt}`,
		userId: "u",
		priority: "people",
		purpose: "answer",
		chain: [toModel(window)],
		calls: { made, cover: async () => true, record: (call: MadeCall) => void made.push(call) },
		maxOutputTokens: conversation.maxOutputTokens,
		expiresAt: systemClock.elapsed() + 40_000,
		endsAt: systemClock.elapsed() + 200_000,
		fit: async ({ contextWindow }: CatalogueModel) => {
			const maxOutputTokens = Math.floor(contextWindow / 2);
			const inputTokens = Math.min(conversation.tokens, contextWindow - conversation.maxOutputTokens);
			return { messages: [], inputTokens, omittedMessages: 0, maxOutputTokens };
		},
		emit: () => undefined,
		isSpendingPaused: async () => false,
		hasText: () => true,
		signal: new AbortController().signal,
		onQueue: () => undefined,
		beforeCall: async () => undefined,
	} as unknown as AnswerRequest;
	const ending = await callModels(request, rooms);
	return { status: ending.status, sent };
}

describe("after a refusal that states a smaller window", () => {
	it.each(["list", "refusal"] as const)(
		"a longer conversation is cut to it and sent again (%s)",
		async (states) => {
			const { status, sent } = await ask({ tokens: 5_000, maxOutputTokens: 10, states });
			expect(status).toBe("complete");
			expect(sent).toEqual([
				{ input: 5_000, output: 10 },
				{ input: 990, output: 10 },
			]);
		},
	);

	it("an answer gets less room and is asked for again", async () => {
		const { status, sent } = await ask({ tokens: 400, maxOutputTokens: 900 });
		expect(status).toBe("complete");
		expect(sent.map(({ output }) => output)).toEqual([900, 500]);
	});

	it("what would be sent unchanged is not sent again", async () => {
		const { status, sent } = await ask({ tokens: 990, maxOutputTokens: 10, refusesAll: true });
		expect(status).toBe("failed");
		expect(sent).toHaveLength(1);
	});
});

describe("after a refusal of what was counted to fit", () => {
	it("the conversation is cut to a part of the window and sent once more", async () => {
		const { status, sent } = await ask({ tokens: 9_000, maxOutputTokens: 10, states: "never" });
		expect(status).toBe("complete");
		expect(sent.map(({ input }) => input)).toEqual([7_990, 5_990]);
	});

	it("a short one, which is not the reason, is not sent again", async () => {
		const { status, sent } = await ask({
			tokens: 90,
			maxOutputTokens: 10,
			states: "never",
			refusesAll: true,
		});
		expect(status).toBe("failed");
		expect(sent).toHaveLength(1);
	});
});
