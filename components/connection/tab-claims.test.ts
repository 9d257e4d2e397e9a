import { afterEach, describe, expect, it, vi } from "vitest";
import { createLocks } from "./browser-stub";

/** Each tab runs the program of its own; locks and channels are the browser's. */
async function openTab() {
	vi.resetModules();
	return await import("./tab-claims");
}

afterEach(() => vi.unstubAllGlobals());

describe.each([
	["with locks", () => createLocks()],
	["without locks, as on plain http", () => undefined],
])("what one tab takes care of, %s", (_, toLocks) => {
	it("is refused to every other tab until it is given back", async () => {
		vi.stubGlobal("navigator", { locks: toLocks() });
		const [first, second] = [await openTab(), await openTab()];
		expect(await first.claim("draft")).toBe(true);
		expect(first.isHeldHere("draft")).toBe(true);
		expect(await second.claim("draft")).toBe(false);
		expect(await second.claim("another draft")).toBe(true);
		first.release("draft");
		expect(first.isHeldHere("draft")).toBe(false);
		await vi.waitFor(async () => expect(await second.claim("draft")).toBe(true));
	});

	it("goes to one of two tabs that ask at the same moment", async () => {
		vi.stubGlobal("navigator", { locks: toLocks() });
		const [first, second] = [await openTab(), await openTab()];
		const answers = await Promise.all([first.claim("message"), second.claim("message")]);
		expect(answers.toSorted()).toEqual([false, true]);
	});
});
