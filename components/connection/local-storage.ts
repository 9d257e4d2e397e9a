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

/** What only this tab keeps, over a reload. */
export function readTabStored(key: string): string | null {
	try {
		return sessionStorage.getItem(key);
	} catch {
		return null;
	}
}

export function writeTabStored(key: string, value: string): void {
	try {
		sessionStorage.setItem(key, value);
	} catch {
		// As above.
	}
}

/** Forgets everything whose key names this person. */
export function removeStoredFor(userId: string): void {
	for (const key of listStoredKeys("")) if (key.includes(userId)) writeStored(key, null);
}

/** The keys that begin like this. */
export function listStoredKeys(prefix: string): string[] {
	try {
		return Object.keys(localStorage).filter((key) => key.startsWith(prefix));
	} catch {
		return [];
	}
}
