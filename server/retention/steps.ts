/** Rows of one step: a few milliseconds to a second, so that no lock is held and no statement runs for long. */
const rowsMax = 500;

/** Repeats a step until it finds nothing more to remove. */
export async function inSteps(step: (rowsMax: number) => Promise<number>): Promise<void> {
	while ((await step(rowsMax)) > 0);
}
