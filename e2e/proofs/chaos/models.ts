import type { SimulatedModel } from "../kit/stage/simulated-models.ts";
import { flakyModelId, narrowModelId } from "./clients/make-request.ts";

/** What a model answers when it is asked to go on: the simulator's default, as that request selects nothing else. */
export const continuation = "word ".repeat(100);
export const simulatorArgs = ["--tokenizer", "published", "--sim", "text=words,ttft=100,itl=40"];

/** Shorter than most answers: a live turn is older than the retention, and its log must stay all the same. */
export const logRetentionMs = 5_000;

/** A model that works; at providers of their own one that fails when a message asks for it, and one with room for a single call. */
export const models: readonly SimulatedModel[] = [
	toModel("small", "sim", []),
	toModel(flakyModelId, "unreliable", ["small"]),
	{ ...toModel(narrowModelId, "busy", []), limits: { concurrency: 1 } },
];

function toModel(id: string, provider: string, fallbacks: readonly string[]): SimulatedModel {
	return {
		id,
		provider,
		fallbacks,
		providerModelId: "sim-small",
		tier: "small",
		contextWindow: 32_000,
		maxOutputTokens: 8_192,
		// The simulator's own prices of this model, so that the ledger can be compared with its invoice.
		prices: { inputUsdPerMTok: "0.15", cachedInputUsdPerMTok: "0.075", outputUsdPerMTok: "0.60" },
	};
}
