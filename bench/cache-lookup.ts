/**
 * How long the semantic cache takes to find an entry among 20,000, without the making of the question's vector: `npm run bench:cache-lookup`.
 * Vectors are made up, in groups of like direction, so that each question has ten near entries that guards and the model look at.
 */
import { createEntries, createModel } from "../server/cache/index.ts";
import weights from "../server/cache/model/weights.json" with { type: "json" };

const entryCount = 20_000;
const lookupCount = 400;
const dimensions = 512;
const groupSize = 20;

const toValue = (seed: number) => Math.sin(seed * 12.9898) * 43758.5453;
const toNoise = (seed: number) => toValue(seed) - Math.floor(toValue(seed)) - 0.5;
const toVector = (group: number, at: number) =>
	Float32Array.from(
		{ length: dimensions },
		(_, place) => toNoise(group * dimensions + place) + 0.4 * toNoise(7e6 + at * dimensions + place),
	);
const toText = (group: number, at: number) =>
	`What is the ${at % 2 === 0 ? "best" : "usual"} way to carry box ${group} over a bridge near harbor ${at % 5}?`;

const entries = createEntries(createModel(weights));
for (let at = 0; at < entryCount; at++) {
	const group = Math.floor(at / groupSize);
	entries.add(String(at), toText(group, at), toVector(group, at));
}
const times: number[] = [];
for (let at = 0; at < lookupCount; at++) {
	const group = (at * 37) % (entryCount / groupSize);
	const vector = toVector(group, entryCount + at);
	const text = `How do I carry box ${group} over the bridge near a harbor?`;
	const start = performance.now();
	entries.find(text, vector);
	times.push(performance.now() - start);
}
times.sort((one, other) => one - other);
const toTime = (share: number) => `${(times[Math.floor(share * (lookupCount - 1))] ?? 0).toFixed(1)} ms`;
process.stdout.write(
	`${entryCount} entries: p50 ${toTime(0.5)}, p95 ${toTime(0.95)}, slowest ${toTime(1)}\n`,
);
