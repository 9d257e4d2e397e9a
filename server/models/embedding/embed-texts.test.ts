import { describe, expect, it } from "vitest";
import { createModels } from "../models.ts";

const noProviders = {
	openaiApiKey: null,
	openaiBaseUrl: null,
	anthropicApiKey: null,
	anthropicBaseUrl: null,
	googleApiKey: null,
	ollamaBaseUrl: null,
};
const kinds = { compatible: "openai-compatible", google: "google", openai: "openai" } as const;

/** What comes of two texts when the provider answers this. */
async function embed(body: unknown, { provider = "compatible" as keyof typeof kinds, status = 200 } = {}) {
	const asked: { url: string; body: unknown }[] = [];
	const models = await createModels({
		settings: {
			providers: noProviders,
			defaultModel: null,
			config: {
				models: [],
				providers: Object.entries(kinds).map(([id, kind]) => ({
					id,
					kind,
					apiKey: "key",
					baseUrl: `http://${id}.test/v1`,
				})),
				embeddings: [
					{
						id: "e",
						provider,
						providerModelId: "m",
						contextWindow: 512,
						textsPerCall: 10,
						languages: "all",
						prices: null,
					},
				],
			},
		},
		fetch: async (url, init) => {
			if (init?.method === "POST") asked.push({ url: String(url), body: JSON.parse(String(init.body)) });
			return Response.json(body, { status });
		},
	});
	const [model] = models.listEmbeddings();
	if (!model) throw new Error("There is a model.");
	const { signal } = new AbortController();
	const answer = models.embed({ model, texts: ["one", "two"], signal });
	await answer.catch(() => undefined).finally(models.close);
	return { asked, answer };
}
const data = (...vectors: unknown[]) => ({ data: vectors.map((embedding, index) => ({ index, embedding })) });

describe("vectors of a provider", () => {
	it.each(["compatible", "openai"] as const)(
		"are asked for in one request and counted (%s)",
		async (provider) => {
			const { asked, answer } = await embed(
				{ ...data([1, 2], [3, 4]), usage: { prompt_tokens: 9 } },
				{ provider },
			);
			expect(await answer).toMatchObject({
				vectors: [Float32Array.of(1, 2), Float32Array.of(3, 4)],
				inputTokens: 9,
			});
			expect(asked).toMatchObject([
				{ url: `http://${provider}.test/v1/embeddings`, body: { model: "m", input: ["one", "two"] } },
			]);
		},
	);

	it("of Google are without a count", async () => {
		const body = { embeddings: [{ values: [1, 2] }, { values: [3, 4] }] };
		const { asked, answer } = await embed(body, { provider: "google" });
		expect(await answer).toMatchObject({
			vectors: [Float32Array.of(1, 2), Float32Array.of(3, 4)],
			inputTokens: null,
		});
		expect(asked).toMatchObject([{ url: "http://google.test/v1/models/m:batchEmbedContents" }]);
	});

	it.each([
		["too few", data([1, 2])],
		["too many", data([1, 2], [3, 4], [5, 6])],
		["of two sizes", data([1, 2], [3])],
		["empty", data([], [])],
		["without a direction", data([1, 2], [0, 0])],
	])("that are %s are none, and are counted", async (_, body) => {
		const { answer } = await embed({ ...body, usage: { prompt_tokens: 9 } });
		expect(await answer).toMatchObject({ vectors: null, inputTokens: 9 });
	});

	it.each([
		["no numbers", data([1, 2], [null, "NaN"]), 200],
		["no list", { error: { message: "no" } }, 200],
		["a refusal", { error: { message: "busy" } }, 503],
	])("an answer with %s is a failure of the provider", async (_, body, status) => {
		const { answer } = await embed(body, { status });
		await expect(answer).rejects.toMatchObject({ name: "ProviderError", ...(status !== 200 && { status }) });
	});
});
