import { isFunctionWord, toStem } from "../read/words.ts";
import { type Guard, toWords } from "./guard.ts";

/** Words that may stand for one another in any question. */
const synonyms = `
	buy purchase get
	movie film flick
	start begin
	big large
	fast quick rapid
	quickly fast
	car automobile vehicle
	job career work
	earn make
	company firm business
	student pupil
	phone mobile smartphone cellphone cell
	laptop notebook
	photo picture image pic
	kid child
	doctor physician
	favorite best
	good best great top
	fix repair solve
	choose select pick
	improve increase enhance better
	learn study
	required needed necessary
	meaning definition mean define
	error mistake
	website site
	application app
	college university
	country nation
	lose reduce
	weight fat
	cost price
	create make build develop
	difference differ different
	important significant
	method technique approach way
	advantage benefit pro
	disadvantage drawback con
	example instance
	reason cause
	happen occur
	live reside
	help assist
	use utilize
	near nearby close
	possible can
	become be
	remove delete
	show display
	end finish
	shut close
	hard difficult tough
	simple easy
	explain describe
	suggest recommend
	bill invoice
	card cards
	transfer transaction
	lost missing
	stolen theft
	decline declined rejected
	cancel revert
	charge charged fee
	order get
	pin passcode
	balance
	alarm
	song music track
	calendar schedule agenda
	reminder remind
	vacation holiday
	trip travel journey
	flight plane
	luggage baggage
	restaurant place
	recipe cook
	ill sick
	photo photograph`;
const groupsOf = new Map<string, Set<number>>();
for (const [group, line] of synonyms.trim().split("\n").entries())
	for (const word of toWords(line))
		groupsOf.set(toStem(word), (groupsOf.get(toStem(word)) ?? new Set()).add(group));

export const isSynonym = (one: string, other: string): boolean =>
	[...(groupsOf.get(one) ?? [])].some((group) => groupsOf.get(other)?.has(group));

export interface Change {
	readonly gone: readonly string[];
	readonly came: readonly string[];
}

/** Where two lists differ: the stretches between the items of their longest common part. */
export function readChanges(a: readonly string[], b: readonly string[]): Change[] {
	const width = b.length + 1;
	const longest = new Uint16Array((a.length + 1) * width);
	const at = (one: number, other: number) => longest[one * width + other] ?? 0;
	for (let one = a.length - 1; one >= 0; one--)
		for (let other = b.length - 1; other >= 0; other--)
			longest[one * width + other] =
				a[one] === b[other] ? at(one + 1, other + 1) + 1 : Math.max(at(one + 1, other), at(one, other + 1));
	const changes: Change[] = [];
	let [gone, came]: [string[], string[]] = [[], []];
	const flush = () => {
		if (gone.length + came.length > 0) changes.push({ gone, came });
		[gone, came] = [[], []];
	};
	let [one, other] = [0, 0];
	while (one < a.length || other < b.length) {
		if (one < a.length && other < b.length && a[one] === b[other]) {
			flush();
			one++;
			other++;
		} else if (other >= b.length || (one < a.length && at(one + 1, other) >= at(one, other + 1)))
			gone.push(a[one++] ?? "");
		else came.push(b[other++] ?? "");
	}
	flush();
	return changes;
}

const withMeaning = (stems: readonly string[]) => stems.filter((stem) => !isFunctionWord(stem));

/** A word of meaning in the place of another one asks something else, unless both are known to mean the same. */
export const substitution: Guard = {
	name: "substitution",
	agrees: (a, b) =>
		readChanges(a.stems, b.stems).every((change) => {
			const [gone, came] = [withMeaning(change.gone), withMeaning(change.came)];
			const [mine, theirs] = [gone[0], came[0]];
			if (gone.length !== 1 || came.length !== 1 || mine === undefined || theirs === undefined) return true;
			return b.stems.includes(mine) || a.stems.includes(theirs) || isSynonym(mine, theirs);
		}),
};
