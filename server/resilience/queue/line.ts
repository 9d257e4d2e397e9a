/** Who waits, first served first. What sheds first is read from the end. */
export const priorities = ["people", "api", "background"] as const;
export type Priority = (typeof priorities)[number];

/** So many of higher classes may pass a class while somebody of it waits; then one of it is next. */
const passesMax: Record<Priority, number> = { people: Number.POSITIVE_INFINITY, api: 8, background: 24 };

export interface Waiter {
	/** Counts arrivals. */
	readonly seq: number;
	readonly userId: string;
	readonly priority: Priority;
}

/**
 * The order of those who wait. Of two classes the higher goes first, but no class is passed for ever (`passesMax`).
 *
 * Within a class users take turns and each user's own requests keep their order: a request takes its place when it becomes
 * the first of its user, behind everyone who is first by then, and is never overtaken from there. Where nobody has two
 * waiting, that is first in, first out; who has many takes a place for the second when the first is through or has left.
 */
export interface Line<Item extends Waiter> {
	readonly size: number;
	count(priority: Priority): number;
	push(item: Item): void;
	/** Whose turn it is. */
	next(): Item | undefined;
	/** Takes out whose turn it is. */
	take(): Item | undefined;
	remove(item: Item): boolean;
	/** Who goes when one too many has come: the newest of the lowest class, of the user who has most waiting there. */
	findSurplus(newcomer: Item): Item;
	/** Everybody, as they will go in if nobody comes or leaves. */
	inOrder(): Item[];
	items(): Iterable<Item>;
}

/** A Map keeps its keys in the order in which they came: the first user is next and goes to the end by coming again. */
type Users<Item> = Map<string, Item[]>;

interface State<Item> {
	readonly users: Record<Priority, Users<Item>>;
	readonly passes: Record<Priority, number>;
	size: number;
}

export function createLine<Item extends Waiter>(): Line<Item> {
	const state: State<Item> = {
		users: { people: new Map(), api: new Map(), background: new Map() },
		passes: { people: 0, api: 0, background: 0 },
		size: 0,
	};
	return {
		get size() {
			return state.size;
		},
		count: (priority) => sizeOf(state.users[priority]),
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
		findSurplus: (newcomer) => findSurplus(state, newcomer),
		inOrder: () => toOrder(state),
		*items() {
			for (const priority of priorities) for (const own of state.users[priority].values()) yield* own;
		},
	};
}

function sizeOf(users: Users<unknown>): number {
	let size = 0;
	for (const own of users.values()) size += own.length;
	return size;
}

function choosePriority<Item>({ users, passes }: State<Item>): Priority | undefined {
	const waiting = priorities.filter((priority) => users[priority].size > 0);
	return waiting.findLast((priority) => passes[priority] >= passesMax[priority]) ?? waiting[0];
}

function peek<Item>(state: State<Item>): Item | undefined {
	const priority = choosePriority(state);
	return priority && state.users[priority].values().next().value?.[0];
}

function take<Item extends Waiter>(state: State<Item>): Item | undefined {
	const item = peek(state);
	if (!item) return undefined;
	remove(state, item);
	state.passes[item.priority] = 0;
	for (const lower of priorities.slice(priorities.indexOf(item.priority) + 1)) {
		if (state.users[lower].size > 0) state.passes[lower] += 1;
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
	if (users.size === 0) state.passes[item.priority] = 0;
	state.size -= 1;
	return true;
}

function findSurplus<Item extends Waiter>({ users }: State<Item>, newcomer: Item): Item {
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

/** Of users with equally many the one whose last came last. */
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
		passes: { ...state.passes },
		size: state.size,
	};
	const order: Item[] = [];
	for (let item = take(trial); item; item = take(trial)) order.push(item);
	return order;
}
