/**
 * The browser's own storage, for what a person would miss after a reload. It writes while the page waits, so that a page
 * which is just going away has still written: IndexedDB would drop that. Storage that is closed or full keeps nothing.
 */
export function readStored(key: string): string | null {
	try {
		return localStorage.getItem(key);
	} catch {
		return null;
	}
}

/** null forgets. */
export function writeStored(key: string, value: string | null): void {
	try {
		if (value === null) localStorage.removeItem(key);
		else localStorage.setItem(key, value);
	} catch {
		// Nothing to be done: the page goes on without it.
	}
}

/** Forgets everything whose key names this person. */
export function removeStoredFor(userId: string): void {
	try {
		for (const key of Object.keys(localStorage)) if (key.includes(userId)) localStorage.removeItem(key);
	} catch {
		// As above.
	}
}

/** Everything that is kept under keys which begin like this. */
export function listStored(prefix: string): string[] {
	try {
		return Object.entries(localStorage).flatMap(([key, value]) =>
			key.startsWith(prefix) ? [String(value)] : [],
		);
	} catch {
		return [];
	}
}
