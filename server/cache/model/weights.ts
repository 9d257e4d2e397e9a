import * as z from "zod";
import { bucketCount } from "./terms.ts";

/** Counts up when features, their order or the file's form change: weights of another version mean something else. */
export const weightsVersion = 1;

const numbers = z.array(z.number()).readonly();
const tree = z.object({ feature: numbers, threshold: numbers, right: numbers, value: numbers });
const chance = z.number().min(0).max(1);
const fileShape = z.object({
	version: z.literal(weightsVersion),
	/** Of which scores on an answer is served, and judged in the background. */
	serve: chance,
	grey: chance,
	/** Base64 of one byte per bucket: how rare a word is, in parts of 255. */
	rarity: z.string(),
	/** Base64 of one signed byte per bucket: what a word says that both have or one lacks. */
	terms: z.string(),
	termUnit: z.number(),
	termBias: z.number(),
	base: z.number(),
	trees: z.array(tree).readonly(),
});
export type WeightsFile = z.infer<typeof fileShape>;

export interface Weights extends Omit<WeightsFile, "version" | "rarity" | "terms" | "termUnit"> {
	readonly rarity: Uint8Array;
	readonly terms: ArrayLike<number>;
}

/** @throws Error that names the version found and the one wanted, or what is wrong with the file. */
export function parseWeights(file: unknown): Weights {
	const version = z.object({ version: z.unknown() }).safeParse(file);
	if (!version.success || version.data.version !== weightsVersion)
		throw new Error(
			`The cache's weights are of version ${String(version.data?.version)}, and this program reads version ${weightsVersion}. Run npm run train:cache.`,
		);
	const parsed = fileShape.safeParse(file);
	if (!parsed.success)
		throw new Error(`The cache's weights cannot be read: ${z.prettifyError(parsed.error)}`);
	const { rarity, terms, termUnit, ...rest } = parsed.data;
	return {
		...rest,
		rarity: decode(rarity),
		terms: Float32Array.from(new Int8Array(decode(terms)), (value) => value * termUnit),
	};
}

function decode(base64: string): Uint8Array {
	const bytes = new Uint8Array(Buffer.from(base64, "base64"));
	if (bytes.length !== bucketCount)
		throw new Error(`The cache's weights cannot be read: ${bytes.length} bytes in place of ${bucketCount}.`);
	return bytes;
}
