import { type WeightsFile, weightsVersion } from "../../server/cache/model/weights.ts";
import type { Fitted } from "./fit-weights.ts";

const toBase64 = (bytes: Uint8Array | Int8Array) =>
	Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");

/** The text of a weights file, which `parseWeights` reads. */
export function toFile({
	terms,
	rarity,
	...rest
}: Fitted & { readonly rarity: Uint8Array; readonly serve: number; readonly grey: number }): string {
	const largest = terms.weights.reduce((most, weight) => Math.max(most, Math.abs(weight)), 1e-9);
	const termUnit = Number((largest / 127).toPrecision(6));
	const file: WeightsFile = {
		version: weightsVersion,
		serve: rest.serve,
		grey: rest.grey,
		termUnit,
		termBias: Number(terms.bias.toPrecision(6)),
		base: rest.base,
		terms: toBase64(Int8Array.from(terms.weights, (weight) => Math.round(weight / termUnit))),
		rarity: toBase64(rarity),
		trees: rest.trees,
	};
	return `${JSON.stringify(file)}\n`;
}
