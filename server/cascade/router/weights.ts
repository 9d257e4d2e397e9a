import * as z from "zod";
import { bucketCount } from "./hash-terms.ts";
import { knownWordBits } from "./known-words.ts";
import type { Head } from "./linear.ts";
import { shapeNames } from "./shape.ts";

/** Counts up when features, their order or the file's form change: weights of another version mean something else. */
export const weightsVersion = 1;

/** Kinds of prompts. For all but `open`, how much a strong model gains was learnt. */
export const domains = ["exam", "science", "gap", "problem", "code", "open"] as const;
export type Domain = (typeof domains)[number];

const numbers = z.array(z.number()).length(shapeNames.length).readonly();
const headShape = z.object({
	bias: z.number(),
	shape: numbers,
	mean: numbers,
	deviation: numbers,
	/** Base64 of one signed byte per bucket. */
	terms: z.string().nullable(),
	termUnit: z.number(),
});
const fileShape = z.object({
	version: z.literal(weightsVersion),
	kinds: z.record(z.enum(domains), headShape),
	/** Steepness of the softmax over the kinds. */
	sharpness: z.number(),
	gains: z.record(z.enum(domains).exclude(["open"]), headShape),
	hardness: headShape,
	calibration: z.object({ slope: z.number(), offset: z.number() }),
	/** Scores of the training stream at 0, 10, ... 100 %: what a threshold must be for a share of strong calls. */
	quantiles: z.array(z.number()).length(11),
	knownWords: z.string(),
});
export type WeightsFile = z.infer<typeof fileShape>;

export interface Weights {
	readonly kinds: Readonly<Record<Domain, Head>>;
	/** Steepness of the softmax over the kinds. */
	readonly sharpness: number;
	readonly gains: Readonly<Record<Exclude<Domain, "open">, Head>>;
	/** How much more often than on average a small model gets a matter wrong; it looks at terms alone. */
	readonly hardness: Head;
	readonly calibration: { readonly slope: number; readonly offset: number };
	readonly quantiles: readonly number[];
	readonly knownWords: Uint8Array;
}

/** @throws Error that names the version found and the one wanted, or what is wrong with the file. */
export function parseWeights(file: unknown): Weights {
	const version = z.object({ version: z.unknown() }).safeParse(file);
	if (!version.success || version.data.version !== weightsVersion)
		throw new Error(
			`The router's weights are of version ${String(version.data?.version)}, and this program reads version ${weightsVersion}. Run npm run train:router.`,
		);
	const parsed = fileShape.safeParse(file);
	if (!parsed.success)
		throw new Error(`The router's weights cannot be read: ${z.prettifyError(parsed.error)}`);
	const { kinds, gains, hardness, sharpness, calibration, quantiles, knownWords } = parsed.data;
	return {
		sharpness,
		calibration,
		quantiles,
		hardness: toHead(hardness),
		kinds: mapValues(kinds, toHead),
		gains: mapValues(gains, toHead),
		knownWords: decode(knownWords, knownWordBits / 8),
	};
}

function toHead({ terms, ...rest }: z.infer<typeof headShape>): Head {
	return { ...rest, terms: terms === null ? null : new Int8Array(decode(terms, bucketCount)) };
}

function decode(base64: string, length: number): Uint8Array {
	const bytes = new Uint8Array(Buffer.from(base64, "base64"));
	if (bytes.length !== length)
		throw new Error(`The router's weights cannot be read: ${bytes.length} bytes in place of ${length}.`);
	return bytes;
}

const mapValues = <Key extends string, From, To>(record: Record<Key, From>, to: (value: From) => To) =>
	Object.fromEntries(Object.entries(record).map(([key, value]) => [key, to(value as From)])) as Record<
		Key,
		To
	>;
