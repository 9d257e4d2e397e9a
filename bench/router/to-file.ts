import type { Head } from "../../server/cascade/router/linear.ts";
import { type Weights, type WeightsFile, weightsVersion } from "../../server/cascade/router/weights.ts";

const toBase64 = (bytes: Uint8Array | Int8Array) =>
	Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");

const toFileHead = ({ terms, ...rest }: Head) => ({ ...rest, terms: terms && toBase64(terms) });

const mapHeads = <Name extends string>(heads: Readonly<Record<Name, Head>>) =>
	Object.fromEntries(Object.entries<Head>(heads).map(([name, head]) => [name, toFileHead(head)])) as Record<
		Name,
		ReturnType<typeof toFileHead>
	>;

/** The text of a weights file, which `parseWeights` reads. */
export function toFile(weights: Weights): string {
	const file: WeightsFile = {
		version: weightsVersion,
		sharpness: weights.sharpness,
		calibration: weights.calibration,
		quantiles: [...weights.quantiles],
		kinds: mapHeads(weights.kinds),
		gains: mapHeads(weights.gains),
		hardness: toFileHead(weights.hardness),
		knownWords: toBase64(weights.knownWords),
	};
	return `${JSON.stringify(file, null, "\t")}\n`;
}
