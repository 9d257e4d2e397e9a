import { findNearest } from "../kernel/find-nearest.ts";

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
		const compared = known.filter((one) => one.length >= comparedLengthMin);
		const closest = findNearest(name, compared, isOurs ? distanceMax : 1);
		if (!isOurs && closest === null) return [];
		return [`${name}: is not known.${closest === null ? "" : ` Did you mean ${closest}?`}`];
	});
}
