import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { BrowserStorage, createLocks } from "../../connection/browser-stub";

/** Each tab runs the program by itself; storage and locks are the browser's. `leave` closes it. */
async function openTab() {
	vi.resetModules();
	const claims = await import("../../connection/tab-claims");
	const leave = (...names: string[]) => {
		for (const name of names) claims.release(`parley-unsent-${name}`);
	};
	return { ...(await import("./outbox")), leave };
}

const toUnsent = (clientMessageId: string, threadId: string | null, sentAtMs = 0) => ({
	request: { clientMessageId, text: "Hello", model: null },
	threadId,
	shownBelowId: null,
	sentAtMs,
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
		first.leave("c1");
		await vi.waitFor(async () => expect(toNames(await second.claimUnsent("maya", "t1"))).toEqual(["c1"]));
		expect(await first.claimUnsent("maya", "t1")).toEqual([]);
	});

	it("belong to one person and one chat, oldest first", async () => {
		const before = await openTab();
		before.saveUnsent("maya", toUnsent("c2", null, 2));
		before.saveUnsent("maya", toUnsent("c1", null, 1));
		before.saveUnsent("maya", toUnsent("c3", "t1"));
		before.saveUnsent("noor", toUnsent("c4", null));
		before.leave("c1", "c2", "c3", "c4");
		const after = await openTab();
		await vi.waitFor(async () =>
			expect(toNames(await after.claimUnsent("maya", null))).toEqual(["c1", "c2"]),
		);
	});

	it("that were refused are shown by their own tab alone, with the reason, until the person decides", async () => {
		const failure = { code: "quota_exceeded", details: {}, requestId: "r1" } as const;
		const tab = await openTab();
		tab.saveUnsent("maya", toUnsent("c1", null));
		expect(await tab.claimUnsent("maya", null)).toEqual([]);
		tab.setUnsentFailure("maya", "c1", failure);
		expect(await tab.claimUnsent("maya", null)).toEqual([{ ...toUnsent("c1", null), failure }]);
		expect(await (await openTab()).claimUnsent("maya", null)).toEqual([]);
		tab.leave("c1");
		const reloaded = await openTab();
		await vi.waitFor(async () =>
			expect(await reloaded.claimUnsent("maya", null)).toEqual([{ ...toUnsent("c1", null), failure }]),
		);
	});

	it("are forgotten when the server has them", async () => {
		const tab = await openTab();
		tab.saveUnsent("maya", toUnsent("c1", "t1"));
		tab.removeUnsent("maya", "c1");
		expect(Object.keys(localStorage)).toEqual([]);
	});
});
