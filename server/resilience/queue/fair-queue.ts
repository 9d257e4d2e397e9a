import { type Priority, priorities } from "../../contract/kinds.ts";

/** While a class has waiting items, at most so many of higher classes are taken before one of it. */
const overtakesMax: Record<Priority, number> = { people: Number.POSITIVE_INFINITY, api: 8, background: 24 };

export interface Waiter {
	/** Number of the arrival, ascending. */
	readonly seq: number;
	readonly userId: string;
	readonly priority: Priority;
}

/**
 * A queue that is fair between users. A higher class goes first, but no class waits for ever (`overtakesMax`).
 *
 * Within a class users take turns and each user's own items keep their order: an item gets its place when it becomes the first
 * of its user, behind the first items of all other users, and is not overtaken from there. When every user has one item, that is
 * first in, first out; a user's second item gets its place when the first is taken or removed.
 */
export interface FairQueue<Item extends Waiter> {
	readonly size: number;
	push(item: Item): void;
	/** The item that `take` would return. */
	next(): Item | undefined;
	take(): Item | undefined;
	remove(item: Item): boolean;
	/** The item to give up for `newcomer` when the queue is full: the newest one of the user with most items in the lowest class. */
	findEviction(newcomer: Item): Item;
	/** All items in the order in which `take` would return them. */
	inOrder(): Item[];
	items(): Iterable<Item>;
}

/** A Map keeps the order of insertion: the first user is next, and goes to the end when it is inserted again. */
type Users<Item> = Map<string, Item[]>;

interface State<Item> {
	readonly users: Record<Priority, Users<Item>>;
	readonly overtakes: Record<Priority, number>;
	size: number;
}

export function createFairQueue<Item extends Waiter>(): FairQueue<Item> {
	const state: State<Item> = {
		users: { people: new Map(), api: new Map(), background: new Map() },
		overtakes: { people: 0, api: 0, background: 0 },
		size: 0,
	};
	return {
		get size() {
			return state.size;
		},
		push(item) {
			const users = state.users[item.priority];
			const own = users.get(item.userId);
			if (own) own.push(item);
			else users.set(item.userId, [item]);
			state.size += 1;
		},
		next: () => peek(state),
		take: () => take(state),
		remove: (item) => remove(state, item),
		findEviction: (newcomer) => findEviction(state, newcomer),
		inOrder: () => toOrder(state),
		*items() {
			for (const priority of priorities) for (const own of state.users[priority].values()) yield* own;
		},
	};
}

function choosePriority<Item>({ users, overtakes }: State<Item>): Priority | undefined {
	const waiting = priorities.filter((priority) => users[priority].size > 0);
	return waiting.findLast((priority) => overtakes[priority] >= overtakesMax[priority]) ?? waiting[0];
}

function peek<Item>(state: State<Item>): Item | undefined {
	const priority = choosePriority(state);
	return priority && state.users[priority].values().next().value?.[0];
}

function take<Item extends Waiter>(state: State<Item>): Item | undefined {
	const item = peek(state);
	if (!item) return undefined;
	remove(state, item);
	state.overtakes[item.priority] = 0;
	for (const lower of priorities.slice(priorities.indexOf(item.priority) + 1)) {
		if (state.users[lower].size > 0) state.overtakes[lower] += 1;
	}
	return item;
}

function remove<Item extends Waiter>(state: State<Item>, item: Item): boolean {
	const users = state.users[item.priority];
	const own = users.get(item.userId);
	const index = own?.indexOf(item) ?? -1;
	if (!own || index < 0) return false;
	own.splice(index, 1);
	if (index === 0) users.delete(item.userId);
	if (index === 0 && own.length > 0) users.set(item.userId, own);
	if (users.size === 0) state.overtakes[item.priority] = 0;
	state.size -= 1;
	return true;
}

function findEviction<Item extends Waiter>({ users }: State<Item>, newcomer: Item): Item {
	const lowest = priorities.findLast(
		(priority) => priority === newcomer.priority || users[priority].size > 0,
	);
	if (lowest === undefined || lowest === newcomer.priority) {
		const own = users[newcomer.priority].get(newcomer.userId)?.length ?? 0;
		const longest = findLongest(users[newcomer.priority]);
		return longest && longest.length > own + 1 ? (longest.at(-1) ?? newcomer) : newcomer;
	}
	return findLongest(users[lowest])?.at(-1) ?? newcomer;
}

/** The items of the user with most; of users with equally many, of the one whose last item is the newest. */
function findLongest<Item extends Waiter>(users: Users<Item>): Item[] | undefined {
	const toLast = (own: Item[]) => own.at(-1)?.seq ?? 0;
	let longest: Item[] | undefined;
	for (const own of users.values()) {
		const lead = own.length - (longest?.length ?? 0);
		if (!longest || lead > 0 || (lead === 0 && toLast(own) > toLast(longest))) longest = own;
	}
	return longest;
}

function toOrder<Item extends Waiter>(state: State<Item>): Item[] {
	const copy = ([userId, own]: [string, Item[]]): [string, Item[]] => [userId, [...own]];
	const trial: State<Item> = {
		users: {
			people: new Map(Array.from(state.users.people, copy)),
			api: new Map(Array.from(state.users.api, copy)),
			background: new Map(Array.from(state.users.background, copy)),
		},
		overtakes: { ...state.overtakes },
		size: state.size,
	};
	const order: Item[] = [];
	for (let item = take(trial); item; item = take(trial)) order.push(item);
	return order;
}
