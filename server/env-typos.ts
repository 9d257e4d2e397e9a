/** The prefix of our own names: whatever else begins so must be meant for Parley. */
const prefix = "PARLEY_";
/** Short names are close to many others: PORT, HOST. */
const comparedLengthMin = 8;
const distanceMax = 4;

/** A setting with a typing mistake would be ignored without a word: near misses, and all of our own prefix, are mistakes. */
export function findUnknownNames(given: string[], known: string[]): string[] {
	const isKnown = new Set(known);
	return given.flatMap((name) => {
		if (isKnown.has(name)) return [];
		const isOurs = name.startsWith(prefix);
		// Other programs' names may be two letters away (GITLAB_CLIENT_ID), ours may not.
		const [closest] = known
			.map((one) => ({ one, distance: editDistance(name, one) }))
			.filter(
				({ one, distance }) => distance <= (isOurs ? distanceMax : 1) && one.length >= comparedLengthMin,
			)
			.sort((left, right) => left.distance - right.distance);
		if (!isOurs && closest === undefined) return [];
		return [`${name}: is not known.${closest === undefined ? "" : ` Did you mean ${closest.one}?`}`];
	});
}

/** Edits (insert, delete, replace, swap of neighbours) between two names. */
function editDistance(left: string, right: string): number {
	if (Math.abs(left.length - right.length) > distanceMax) return distanceMax + 1;
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
