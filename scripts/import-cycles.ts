/** Finds files that import each other in a circle. Type imports are erased and close no circle. */

/** Which files each file imports at run time. */
export type ImportGraph = ReadonlyMap<string, readonly string[]>;

/** Circles without repetition, at least one of every group of files that lead to each other. Each begins with its first name. */
export function findCycles(graph: ImportGraph): string[][] {
	const cycles = new Map<string, string[]>();
	const done = new Set<string>();
	const path: string[] = [];

	function visit(file: string) {
		const at = path.indexOf(file);
		// A file may load itself later, so that a bundler puts it into a part of its own.
		if (at >= 0 && at === path.length - 1) return;
		if (at >= 0) {
			const cycle = rotate(path.slice(at));
			cycles.set(cycle.join("\n"), cycle);
			return;
		}
		if (done.has(file)) return;
		path.push(file);
		for (const next of graph.get(file) ?? []) visit(next);
		path.pop();
		done.add(file);
	}

	for (const file of [...graph.keys()].sort()) visit(file);
	return [...cycles.values()];
}

function rotate(cycle: string[]): string[] {
	const [first = ""] = cycle.toSorted();
	const at = cycle.indexOf(first);
	return [...cycle.slice(at), ...cycle.slice(0, at)];
}
