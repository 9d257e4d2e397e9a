/**
 * The name of a heading as GitHub makes it: lower case, without punctuation, hyphens for spaces, and a number from the
 * second of the same name on. `given` counts the names of one answer.
 */
export function toSlug(text: string, given: Map<string, number>): string {
	const name = text
		.trim()
		.toLowerCase()
		.replace(/[^\p{L}\p{M}\p{N}\p{Pc}\s-]/gu, "")
		.replace(/\s/g, "-")
		.slice(0, 200);
	const count = given.get(name) ?? 0;
	given.set(name, count + 1);
	return count === 0 ? name : `${name}-${count}`;
}

/** The heading that `#...` names. */
export function toWantedSlug(href: string): string {
	try {
		return decodeURIComponent(href.slice(1)).toLowerCase();
	} catch {
		return href.slice(1).toLowerCase();
	}
}
