/** Random numbers that depend on the seed alone, so that a schedule can be run again. */
export interface Random {
	/** A whole number, both ends included. */
	between(min: number, max: number): number;
	chance(share: number): boolean;
	/** @throws on an empty list. */
	pick<Item>(items: readonly Item[]): Item;
	shuffle<Item>(items: readonly Item[]): Item[];
}

/** Mulberry32 seeded with an FNV-1a hash: short, and even enough for schedules. */
export function createRandom(seed: string): Random {
	let state = 0x811c9dc5;
	for (const sign of seed) state = Math.imul(state ^ (sign.codePointAt(0) ?? 0), 0x01000193);
	const next = () => {
		state = (state + 0x6d2b79f5) | 0;
		let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
		mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
	};
	const between = (min: number, max: number) => min + Math.floor(next() * (max - min + 1));
	return {
		between,
		chance: (share) => next() < share,
		pick(items) {
			if (items.length === 0) throw new Error("There is nothing to pick from.");
			// `between` stays inside the list.
			return items[between(0, items.length - 1)] as (typeof items)[number];
		},
		shuffle(items) {
			const rest = [...items];
			return items.flatMap(() => rest.splice(between(0, rest.length - 1), 1));
		},
	};
}

/** Deals a list again and again, shuffled, so that every item comes before any comes twice. @throws on an empty list. */
export function createDeck<Item>(items: readonly Item[], random: Random): () => Item {
	let rest: Item[] = [];
	return () => {
		if (rest.length === 0) rest = random.shuffle(items);
		const [item] = rest.splice(-1);
		if (item === undefined) throw new Error("There is nothing to deal.");
		return item;
	};
}
