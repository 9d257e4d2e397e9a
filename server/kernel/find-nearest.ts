/** The known word that is the fewest edits away from what was given, at most so many; null when none is near. */
export function findNearest(given: string, known: readonly string[], editsMax: number): string | null {
	const [nearest] = known
		.filter((one) => Math.abs(one.length - given.length) <= editsMax)
		.map((one) => ({ one, edits: editDistance(given, one) }))
		.filter(({ edits }) => edits <= editsMax)
		.toSorted((left, right) => left.edits - right.edits);
	return nearest?.one ?? null;
}

/** Edits (insert, delete, replace, swap of neighbours) between two names. */
function editDistance(left: string, right: string): number {
	const rows: number[][] = [Array.from({ length: right.length + 1 }, (_, index) => index)];
	const at = (row: number, column: number) => rows[row]?.[column] ?? 0;
	for (let i = 1; i <= left.length; i++) {
		rows[i] = [i];
		for (let j = 1; j <= right.length; j++) {
			const isSame = left[i - 1] === right[j - 1];
			const isSwap = i > 1 && j > 1 && left[i - 1] === right[j - 2] && left[i - 2] === right[j - 1];
			const edits = [at(i - 1, j) + 1, at(i, j - 1) + 1, at(i - 1, j - 1) + (isSame ? 0 : 1)];
			if (isSwap) edits.push(at(i - 2, j - 2) + 1);
			rows[i]?.push(Math.min(...edits));
		}
	}
	return at(left.length, right.length);
}
