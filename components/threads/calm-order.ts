interface Row {
	readonly id: string;
	readonly activeAt: string;
}

/**
 * The list while the pointer is on it: no row moves away under it. Rows that are shown keep their place and their date; rows
 * from below the last one (a further page) come below it; new ones wait, except the chat that the person is in.
 *
 * @param threads as the server orders them. @param shown the rows as they stand.
 */
export function toCalmOrder<Thread extends Row>(
	threads: readonly Thread[],
	shown: readonly Row[],
	currentId: string | null,
): Thread[] {
	const byId = new Map(threads.map((thread) => [thread.id, thread]));
	const known = shown.flatMap(({ id, activeAt }) => {
		const thread = byId.get(id);
		return thread ? [thread.activeAt === activeAt ? thread : { ...thread, activeAt }] : [];
	});
	const knownIds = new Set(known.map(({ id }) => id));
	const lastAt = threads.findLastIndex(({ id }) => knownIds.has(id));
	const own = threads.slice(0, Math.max(lastAt, 0)).filter(({ id }) => id === currentId && !knownIds.has(id));
	return [...own, ...known, ...threads.slice(lastAt + 1)];
}
