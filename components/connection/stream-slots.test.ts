import { afterEach, expect, it, vi } from "vitest";
import { createLocks } from "./browser-stub";

async function openTab() {
	vi.resetModules();
	return await import("./stream-slots");
}

afterEach(() => vi.unstubAllGlobals());

it("three tabs of a browser may stream at a time, and a slot that is given back goes to the next", async () => {
	vi.stubGlobal("navigator", { locks: createLocks() });
	const tabs = await Promise.all([openTab(), openTab(), openTab(), openTab()]);
	const slots = [];
	for (const tab of tabs) slots.push(await tab.takeStreamSlot());
	expect(slots.map((slot) => slot !== null)).toEqual([true, true, true, false]);
	slots[1]?.release();
	await vi.waitFor(async () => expect(await tabs[3]?.takeStreamSlot()).not.toBeNull());
});

it("no tab streams where a browser has no locks, as on plain http: all of them poll", async () => {
	vi.stubGlobal("navigator", {});
	expect(await (await openTab()).takeStreamSlot()).toBeNull();
});
