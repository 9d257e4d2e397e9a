const list = (words: string, from: number, step = 1): [string, number][] =>
	words.split(" ").map((word, at) => [word, from + at * step]);

/** Words for numbers. "One" and "second" are left out: they are more often no numbers. */
const numberWords = new Map<string, number>([
	...list("zero", 0),
	...list("two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen", 2),
	...list("sixteen seventeen eighteen nineteen", 16),
	...list("twenty thirty forty fifty sixty seventy eighty ninety", 20, 10),
	...list("third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth", 3),
	["hundred", 100],
	["thousand", 1e3],
	["million", 1e6],
	["billion", 1e9],
	["trillion", 1e12],
	["lakh", 1e5],
	["crore", 1e7],
	["dozen", 12],
	["half", 0.5],
	["quarter", 0.25],
	["twice", 2],
	["double", 2],
	["triple", 3],
	...list("ii iii iv", 2),
	...list("vi vii viii ix", 6),
	...list("xi xii xiii xiv xv xvi xvii xviii xix xx xxi", 11),
]);
/** Words that multiply a number before them. */
const factors: Readonly<Record<string, number>> = {
	hundred: 100,
	thousand: 1e3,
	k: 1e3,
	lakh: 1e5,
	million: 1e6,
	crore: 1e7,
	billion: 1e9,
	trillion: 1e12,
};

/** What a token says as a number: digits as they count, words by their value; null for a token that has none. */
export function toNumber(token: string): string | null {
	if (/^-?\d/.test(token)) {
		const digits = token.replace(/(?<=\d),(?=\d{3})/g, "").replace(/(?<=\d)(?:st|nd|rd|th)$/, "");
		const thousands = /^(-?\d+(?:\.\d+)?)k$/.exec(digits)?.[1];
		if (thousands !== undefined) return String(Number(thousands) * 1e3);
		return /^-?\d+(?:\.\d+)?$/.test(digits) ? String(Number(digits)) : digits;
	}
	if (/\d/.test(token)) return token;
	const value = numberWords.get(token);
	return value === undefined ? null : String(value);
}

/** The numbers of a text in the order that they stand in; "50 thousand" is one number. */
export function readNumbers(tokens: readonly string[]): string[] {
	const found: string[] = [];
	let isAfterNumber = false;
	for (const token of tokens) {
		const number = toNumber(token);
		const factor = factors[token];
		const last = found.at(-1);
		if (factor !== undefined && isAfterNumber && last !== undefined && Number.isFinite(Number(last)))
			found[found.length - 1] = String(Number(last) * factor);
		else if (number !== null) found.push(number);
		isAfterNumber = number !== null;
	}
	return found;
}
