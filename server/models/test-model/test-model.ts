import type { ModelMessage, ModelPart } from "../../contract/model-message.ts";
import { toPlainText } from "../../contract/parts.ts";
import type { CatalogueModel } from "../catalogue/catalogue.ts";
import { toLimits } from "../catalogue/limits.ts";
import { toTestAnswer } from "./test-answer.ts";

export const testModel: CatalogueModel = {
	id: "test-model",
	providerId: "test",
	providerModelId: "test-model",
	name: "Built-in test model",
	tier: "medium",
	contextWindow: 32_768,
	maxOutputTokens: 4_096,
	isReasoning: false,
	abilities: [],
	prices: {
		inputUsdPerMTok: "0",
		cachedInputUsdPerMTok: null,
		cacheWriteUsdPerMTok: null,
		cacheWrite1hUsdPerMTok: null,
		outputUsdPerMTok: "0",
		reasoningUsdPerMTok: null,
		longContext: null,
	},
	priceSource: "built-in",
	isTest: true,
	fallbacks: null,
	loadMs: 0,
	cacheMs: 0,
	limits: toLimits({ providerId: "test", providerModelId: "test-model" }),
};

/** About the speed of a small hosted model, so that streaming looks and measures like the real thing. */
const tokensPerSecond = 60;

/** The usual rule of thumb for English; the figures are marked as an estimate. */
const charactersPerToken = 4;

/** Answers without a network; the same question always gets the same answer. Throws the signal's reason after an abort. */
export async function* openTestModel(call: {
	readonly messages: readonly ModelMessage[];
	readonly maxOutputTokens: number;
	readonly signal: AbortSignal;
}): AsyncGenerator<ModelPart, void, undefined> {
	call.signal.throwIfAborted();
	yield { type: "response-start", providerRequestId: null };
	const question = toPlainText(call.messages.findLast((message) => message.role === "user")?.parts ?? []);
	const tokens = toTokens(toTestAnswer(question));
	const spoken = tokens.slice(0, call.maxOutputTokens);
	const startedAtMs = performance.now();
	for (const [index, text] of spoken.entries()) {
		await waitUntil(startedAtMs + (index * 1_000) / tokensPerSecond, call.signal);
		yield { type: "text-delta", text };
	}
	const inputCharacters = call.messages.reduce((sum, message) => sum + toPlainText(message.parts).length, 0);
	const usage = {
		inputTokens: Math.ceil(inputCharacters / charactersPerToken),
		cachedInputTokens: 0,
		cacheWriteTokens: 0,
		cacheWrite1hTokens: 0,
		outputTokens: spoken.length,
		reasoningTokens: 0,
		source: "estimate",
	} as const;
	yield { type: "finish", finishReason: spoken.length < tokens.length ? "length" : "stop", usage };
}

/** Words and their spaces, in pieces of about a token; whole code points only. */
const toTokens = (text: string): string[] => text.match(/\s*\S{1,6}|\s+$/gu) ?? [];

/** Waits for an instant, not for a pause, so that late timers do not slow the whole answer. */
function waitUntil(instantMs: number, signal: AbortSignal): Promise<void> {
	signal.throwIfAborted();
	const pauseMs = instantMs - performance.now();
	if (pauseMs <= 0) return Promise.resolve();
	const { promise, resolve, reject } = Promise.withResolvers<void>();
	const stop = () => reject(signal.reason);
	const timer = setTimeout(resolve, pauseMs);
	signal.addEventListener("abort", stop, { once: true });
	return promise.finally(() => {
		clearTimeout(timer);
		signal.removeEventListener("abort", stop);
	});
}
