/** For tests: a browser's storage, and its locks. */
export class BrowserStorage {
	getItem(key: string): string | null {
		const value: unknown = Object.hasOwn(this, key) ? Reflect.get(this, key) : null;
		return typeof value === "string" ? value : null;
	}
	setItem(key: string, value: string) {
		Reflect.set(this, key, value);
	}
	removeItem(key: string) {
		Reflect.deleteProperty(this, key);
	}
}

export function createLocks() {
	const held = new Set<string>();
	return {
		async request(
			name: string,
			{ ifAvailable }: { ifAvailable?: boolean },
			use: (lock: object | null) => unknown,
		) {
			if (ifAvailable && held.has(name)) return await use(null);
			while (held.has(name)) await new Promise((resolve) => setTimeout(resolve, 10));
			held.add(name);
			await use({ name });
			held.delete(name);
		},
	};
}
