import type { Weights } from "../../server/cascade/router/weights.ts";
import { toRounded } from "./fit-head.ts";

type Calibration = Weights["calibration"];

/** The chance that a small model's answer is not good enough, at a gain. */
export const toScore = ({ slope, offset }: Calibration, gain: number): number =>
	1 / (1 + Math.exp(-(slope * gain + offset)));

/** Steps of Newton's method; it has settled long before. */
const steps = 30;

/** Fits the chance that a small model's answer is as good as a strong one's to the gains (logistic regression). */
export function calibrate(rows: readonly { gain: number; isGood: boolean }[]): Calibration {
	let slope = 0;
	let offset = 0;
	for (let step = 0; step < steps; step++) {
		const gradient = { slope: 0, offset: 0 };
		const curve = { slope: 1e-9, offset: 1e-9, both: 0 };
		for (const { gain, isGood } of rows) {
			const chance = toScore({ slope, offset }, gain);
			const error = (isGood ? 0 : 1) - chance;
			const weight = chance * (1 - chance);
			gradient.slope += error * gain;
			gradient.offset += error;
			curve.slope += weight * gain * gain;
			curve.both += weight * gain;
			curve.offset += weight;
		}
		const determinant = curve.slope * curve.offset - curve.both ** 2;
		slope += (curve.offset * gradient.slope - curve.both * gradient.offset) / determinant;
		offset += (curve.slope * gradient.offset - curve.both * gradient.slope) / determinant;
	}
	return { slope: toRounded(slope), offset: toRounded(offset) };
}

/** Scores at 0, 10, ... 100 % of these. */
export function toQuantiles(scores: readonly number[]): number[] {
	const sorted = [...scores].sort((one, other) => one - other);
	return Array.from({ length: 11 }, (_, tenth) =>
		toRounded(sorted[Math.round((tenth / 10) * (sorted.length - 1))] ?? 0),
	);
}
