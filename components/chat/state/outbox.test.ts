import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

/** A browser's storage, and its locks as far as they are asked for with `ifAvailable`. */
class BrowserStorage {
	setItem(key: string, value: string) {
		Reflect.set(this, key, value);
	}
	removeItem(key: string) {
		Reflect.deleteProperty(this, key);
	}
}
function createLocks() {
	const held = new Set<string>();
	return {
		async request(name: string, _options: object, use: (lock: object | null) => unknown) {
			if (held.has(name)) return await use(null);
			held.add(name);
			await use({ name });
			held.delete(name);
		},
	};
}

/** Each tab runs the program anew; storage and locks are the browser's. */
async function openTab() {
	vi.resetModules();
	return await import("./outbox");
}

const toUnsent = (clientMessageId: string, threadId: string | null, sentAtMs = 0) => ({
	request: { clientMessageId, text: "Hello", model: null },
	...{ threadId, shownBelowId: null, sentAtMs },
});
const toNames = (list: readonly { request: { clientMessageId: string } }[]) =>
	list.map(({ request }) => request.clientMessageId);

beforeEach(() => {
	vi.stubGlobal("localStorage", new BrowserStorage());
	vi.stubGlobal("navigator", { locks: createLocks() });
});
afterEach(() => vi.unstubAllGlobals());

describe("unsent messages", () => {
	it("are left to the tab that sends them, and found once it has given up", async () => {
		const first = await openTab();
		first.saveUnsent("maya", toUnsent("c1", "t1"));
		const second = await openTab();
		expect(await second.claimUnsent("maya", "t1")).toEqual([]);
		first.releaseUnsent("c1");
		await vi.waitFor(async () => expect(toNames(await second.claimUnsent("maya", "t1"))).toEqual(["c1"]));
		expect(await first.claimUnsent("maya", "t1")).toEqual([]);
	});

	it("belong to one person and one chat, oldest first", async () => {
		const before = await openTab();
		before.saveUnsent("maya", toUnsent("c2", null, 2));
		before.saveUnsent("maya", toUnsent("c1", null, 1));
		before.saveUnsent("maya", toUnsent("c3", "t1"));
		before.saveUnsent("noor", toUnsent("c4", null));
		for (const name of ["c1", "c2", "c3", "c4"]) before.releaseUnsent(name);
		const after = await openTab();
		await vi.waitFor(async () =>
			expect(toNames(await after.claimUnsent("maya", null))).toEqual(["c1", "c2"]),
		);
	});

	it("are forgotten when the server has them", async () => {
		const tab = await openTab();
		tab.saveUnsent("maya", toUnsent("c1", "t1"));
		tab.removeUnsent("maya", "c1");
		expect(Object.keys(localStorage)).toEqual([]);
	});
});
