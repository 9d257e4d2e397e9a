import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { type ModelPart, toTextMessage } from "../../../server/contract/model-message.ts";
import type { CatalogueModel, Models } from "../../../server/models/index.ts";
import type { Cassette } from "../../../server/simulator/recordings/cassette.ts";
import { scrubText } from "./scrub.ts";
import { type createTape, toCassette } from "./tape.ts";

/** A line of the simulator's recordings file. */
export interface Recorded {
	readonly id: string;
	readonly prompt: string;
	readonly outputs: Record<string, string>;
	readonly cassettes: Record<string, Cassette>;
}

/** Long enough for the rest of a response after its last word. */
const endsWithinMs = 1_200;
const answerTimeoutMs = 120_000;

interface Asked {
	readonly model: CatalogueModel;
	readonly prompt: string;
	readonly maxOutputTokens: number;
	readonly secrets: readonly string[];
}

/**
 * Asks a model once and keeps its response, a refusal too. @throws Error when nothing came back, or a secret would be kept.
 */
export async function recordAnswer(
	{ model, prompt, maxOutputTokens, secrets }: Asked,
	{ models, tape }: { readonly models: Models; readonly tape: ReturnType<typeof createTape> },
): Promise<Recorded> {
	refuseSecrets(prompt, secrets);
	const signal = AbortSignal.timeout(answerTimeoutMs);
	let text = "";
	let usage: Cassette["usage"] = null;
	let failure: unknown = null;
	try {
		const messages = [toTextMessage("user", prompt)] as const;
		for await (const part of models.open({ model, messages, maxOutputTokens, signal })) {
			if (part.type === "text-delta") text += part.text;
			if (part.type === "finish") usage = toUsage(part);
		}
	} catch (error) {
		failure = error;
	}
	refuseSecrets(text, secrets);
	const take = tape.take();
	if (!take) throw new Error(`${model.id}: no response came.`, { cause: failure });
	for (let ms = 0; take.ending === "cut" && !failure && ms < endsWithinMs; ms += 20) await sleep(20);
	const hash = createHash("sha256").update(prompt).digest("hex").slice(0, 8);
	const { providerId, providerModelId } = model;
	return {
		id: `recorded/${providerId}/${providerModelId}/${hash}`,
		prompt,
		outputs: text === "" ? {} : { [providerModelId]: scrubText(text, secrets) },
		cassettes: { [providerModelId]: toCassette(take, { usage, secrets }) },
	};
}

/** A key that a model says comes in pieces, which nothing can take out of the bytes. */
function refuseSecrets(text: string, secrets: readonly string[]): void {
	if (secrets.some((secret) => text.includes(secret)))
		throw new Error("The prompt or the answer contains a secret: nothing is kept.");
}

function toUsage({ usage }: Extract<ModelPart, { type: "finish" }>): Cassette["usage"] {
	if (!usage) return null;
	const { inputTokens, cachedInputTokens, cacheWrite1hTokens, outputTokens, reasoningTokens } = usage;
	return {
		promptTokens: inputTokens,
		cachedTokens: cachedInputTokens,
		cacheWriteTokens: usage.cacheWriteTokens + cacheWrite1hTokens,
		cacheWrite1hTokens,
		completionTokens: outputTokens,
		reasoningTokens,
	};
}
