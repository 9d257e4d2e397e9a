/** One measured figure beside its goal. */
export interface Goal {
	readonly what: string;
	/** Null when the run gave no value: a goal without a value is not reached. */
	readonly measured: number | null;
	readonly goal: number;
	/** With its leading space, such as " ms"; empty for a count. */
	readonly unit: string;
	readonly isReached: boolean;
	/** The figure must reach the goal, not stay below it. */
	readonly isMinimum?: boolean;
	/** How the figure came about. */
	readonly detail: string;
}

/** A figure that must not exceed its goal. */
export function toGoal(
	what: string,
	measured: number | null,
	{ goal, unit, detail }: Pick<Goal, "goal" | "unit" | "detail">,
): Goal {
	const isMeasured = measured !== null && !Number.isNaN(measured);
	return {
		what,
		measured: isMeasured ? measured : null,
		goal,
		unit,
		isReached: isMeasured && measured <= goal,
		detail,
	};
}

/** A figure that must be at least its goal. */
export function toMinimum(
	what: string,
	measured: number | null,
	{ goal, unit, detail }: Pick<Goal, "goal" | "unit" | "detail">,
): Goal {
	const isReached = measured !== null && measured >= goal;
	return { what, measured, goal, unit, isReached, isMinimum: true, detail };
}

export function toGoalLine({ what, measured, goal, unit, isReached, isMinimum, detail }: Goal): string {
	const verdict = isReached ? "reached" : "not reached";
	const bound = `goal ${isMinimum ? ">=" : "<="} ${goal}${unit}`;
	const figure = measured === null ? "no value" : `${toFigure(measured)}${unit}`;
	return `${verdict.padEnd(11)}  ${what}: ${figure} (${bound}; ${detail})`;
}

const toFigure = (measured: number): string =>
	Number.isInteger(measured) ? String(measured) : measured.toFixed(2);

/** The value at this share of the sorted values (0.5 is the median); NaN for an empty list. */
export function quantile(values: readonly number[], share: number): number {
	const sorted = values.toSorted((a, b) => a - b);
	return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}
