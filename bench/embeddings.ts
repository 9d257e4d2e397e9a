/**
 * Measures what batches save when texts are embedded: `npm run bench:embeddings`. The same texts go one by one and in batches to the model that
 * ships with the packages, and over HTTP, through the AI SDK, to the provider simulator.
 */
import { parseArgs } from "node:util";
import { createLocalEmbedder } from "../server/embeddings/index.ts";
import { createModels } from "../server/models/index.ts";
import { startUpstream } from "../server/simulator/index.ts";
import { quantile, toGoalLine, toMinimum } from "./goal.ts";

const { values } = parseArgs({
	options: {
		texts: { type: "string", default: "96" },
		rounds: { type: "string", default: "5" },
		json: { type: "boolean", default: false },
	},
});
const count = Number(values.texts);
const rounds = Number(values.rounds);
/** How many times as fast batches are. */
const gainMin = 3;

type Embed = (texts: readonly string[]) => Promise<unknown>;

/** Ms a text, one by one and in batches, in turn, each the median of the rounds. */
async function measure(name: string, embed: Embed, batch: number) {
	const texts = Array.from(
		{ length: count },
		(_, at) =>
			`Berth ${at}: the boats come in one by one, and the keeper writes down the name of number ${at * 7}.`,
	);
	const time = async (size: number) => {
		const startedAt = performance.now();
		for (let at = 0; at < texts.length; at += size) await embed(texts.slice(at, at + size));
		return (performance.now() - startedAt) / texts.length;
	};
	await embed(texts.slice(0, batch));
	const took: { single: number[]; batched: number[] } = { single: [], batched: [] };
	for (let round = 0; round < rounds; round++) {
		took.single.push(await time(1));
		took.batched.push(await time(batch));
	}
	const [singleMs, batchedMs] = [quantile(took.single, 0.5), quantile(took.batched, 0.5)];
	return { name, batch, singleMs, batchedMs, gain: singleMs / batchedMs };
}

await using stack = new AsyncDisposableStack();
const figures: Awaited<ReturnType<typeof measure>>[] = [];

const local = createLocalEmbedder();
if (local) {
	stack.defer(local.close);
	figures.push(await measure("shipped model", local.embed, local.textsMax));
}

const upstream = await startUpstream();
stack.defer(upstream.close);
const embeddings = [
	{
		id: "meaning",
		provider: "sim",
		providerModelId: "sim-embed",
		contextWindow: 2_048,
		textsPerCall: 48,
		languages: "all",
		prices: null,
	},
] as const;
const models = await createModels({
	settings: {
		providers: {
			openaiApiKey: null,
			openaiBaseUrl: null,
			anthropicApiKey: null,
			anthropicBaseUrl: null,
			googleApiKey: null,
			ollamaBaseUrl: null,
		},
		config: {
			providers: [{ id: "sim", kind: "openai-compatible", baseUrl: `${upstream.url}/v1`, apiKey: null }],
			models: [],
			embeddings,
		},
		defaultModel: null,
	},
});
stack.defer(models.close);
const { signal } = new AbortController();
for (const model of models.listEmbeddings())
	figures.push(
		await measure(
			"HTTP to the simulator",
			(texts) => models.embed({ model, texts, signal }),
			model.textsPerCall,
		),
	);

const reached = figures.map(({ name, gain, batch }) =>
	toMinimum(`${name}, batches beside one by one`, gain, {
		goal: gainMin,
		unit: " x",
		detail: `batches of ${batch}`,
	}),
);
const isMet = reached.every(({ isReached }) => isReached);
if (values.json) process.stdout.write(`${JSON.stringify({ figures, goals: { gainMin }, isMet })}\n`);
else {
	for (const { name, singleMs, batchedMs } of figures)
		process.stdout.write(
			`${name.padEnd(24)} ${singleMs.toFixed(2).padStart(6)} ms a text one by one ${batchedMs.toFixed(2).padStart(6)} ms in batches\n`,
		);
	process.stdout.write(`${reached.map(toGoalLine).join("\n")}\n`);
}
process.exitCode = isMet ? 0 : 1;
