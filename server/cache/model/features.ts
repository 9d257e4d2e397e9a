import { readTypes } from "../guards/question-type.ts";
import { isSynonym, readChanges } from "../guards/substitution.ts";
import type { Question } from "../read/question.ts";
import { isFunctionWord } from "../read/words.ts";

/** How rare a stem is, from 0 (in every question) to 1 (in none that training has seen). */
export type Rarity = (stem: string) => number;

const share = (part: number, whole: number) => (whole === 0 ? 1 : part / whole);
const countShared = (a: ReadonlySet<string>, b: ReadonlySet<string>) => {
	let count = 0;
	for (const each of a) if (b.has(each)) count++;
	return count;
};
const toJaccard = (a: ReadonlySet<string>, b: ReadonlySet<string>) => {
	const both = countShared(a, b);
	return share(both, a.size + b.size - both);
};
const toRuns = (items: ArrayLike<string> & { slice(from: number, to: number): unknown }, length: number) =>
	new Set(
		Array.from({ length: Math.max(0, items.length - length + 1) }, (_, at) =>
			String(items.slice(at, at + length)),
		),
	);
const countCommon = (a: readonly string[], b: readonly string[]) => {
	let count = 0;
	while (count < a.length && count < b.length && a[count] === b[count]) count++;
	return count;
};
const limits = (one: number, other: number): [number, number] => [Math.min(one, other), Math.max(one, other)];
const spelledAlike = 0.5;
const isSpelledAlike = (one: string, other: string) =>
	one.length > 3 && other.length > 3 && toJaccard(toRuns(one, 2), toRuns(other, 2)) >= spelledAlike;

/**
 * What the model looks at: the same for both orders of two questions. Counts, shares, and how rare the words are that only one of them has.
 * Any change of it asks for new weights.
 */
export function toFeatures(a: Question, b: Question, cosine: number, rarity: Rarity): number[] {
	const [types, otherTypes] = [readTypes(a), readTypes(b)];
	const isStatement = (each: ReadonlySet<string>) => (each.has("statement") ? 1 : 0);
	return [
		cosine,
		...compareMeaning(a, b, rarity),
		...compareForm(a, b),
		toJaccard(types, otherTypes),
		isStatement(types) + isStatement(otherTypes),
		Math.min(a.names.length, b.names.length),
		a.numbers.length,
	];
}

/** Of the words that carry a meaning of their own. */
function compareMeaning(a: Question, b: Question, rarity: Rarity): number[] {
	const [mine, theirs] = [new Set(a.content), new Set(b.content)];
	const gone = [...mine].filter((stem) => !theirs.has(stem));
	const came = [...theirs].filter((stem) => !mine.has(stem));
	const both = [...mine].filter((stem) => theirs.has(stem));
	const sum = (stems: readonly string[]) => stems.reduce((total, stem) => total + rarity(stem), 0);
	const most = (stems: readonly string[]) => stems.reduce((top, stem) => Math.max(top, rarity(stem)), 0);
	const [rareGone, rareCame, rareBoth] = [sum(gone), sum(came), sum(both)];
	const inversions = both.filter(
		(stem, at) => at > 0 && b.content.indexOf(stem) < b.content.indexOf(both[at - 1] ?? ""),
	).length;
	return [
		toJaccard(mine, theirs),
		share(rareBoth, rareBoth + rareGone + rareCame),
		...limits(share(rareBoth, rareBoth + rareGone), share(rareBoth, rareBoth + rareCame)),
		...limits(gone.length, came.length),
		...limits(rareGone, rareCame),
		...limits(most(gone), most(came)),
		...limits(mine.size, theirs.size),
		rareBoth,
		gone.filter((stem) => came.some((other) => isSynonym(stem, other))).length,
		gone.filter((stem) => came.some((other) => isSpelledAlike(stem, other))).length,
		inversions,
		a.content[0] === b.content[0] ? 1 : 0,
		a.content.at(-1) === b.content.at(-1) ? 1 : 0,
	];
}

/** Of all words and letters. */
function compareForm(a: Question, b: Question): number[] {
	const changes = readChanges(a.stems, b.stems);
	const [gone, came] = [changes.flatMap(({ gone }) => gone), changes.flatMap(({ came }) => came)];
	const [short, long] = limits(a.stems.length, b.stems.length);
	const replaced = changes.filter((each) => each.gone.length > 0 && each.came.length > 0);
	const meaningful = changes.filter((each) =>
		[...each.gone, ...each.came].some((stem) => !isFunctionWord(stem)),
	);
	return [
		toJaccard(new Set(a.stems), new Set(b.stems)),
		toJaccard(toRuns(a.stems, 2), toRuns(b.stems, 2)),
		toJaccard(toRuns(a.tokens.join(" "), 3), toRuns(b.tokens.join(" "), 3)),
		share(a.stems.length + b.stems.length - gone.length - came.length, a.stems.length + b.stems.length),
		...limits(gone.length, came.length),
		changes.length,
		replaced.length,
		meaningful.length,
		countCommon(a.stems, b.stems),
		countCommon([...a.stems].reverse(), [...b.stems].reverse()),
		short,
		long,
	];
}
