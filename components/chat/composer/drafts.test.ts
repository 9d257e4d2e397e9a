import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { BrowserStorage, createLocks } from "../../connection/browser-stub";

const place = "parley-draft:maya:new";

/** A tab in which the person has opened a new chat. `close` gives back what it holds, as the browser does. */
async function openTab(session = new BrowserStorage()) {
	vi.resetModules();
	vi.stubGlobal("sessionStorage", session);
	const drafts = await import("./drafts");
	const { release } = await import("../../connection/tab-claims");
	const key = await drafts.takeOwnKey(place, false);
	return {
		text: () => drafts.findDraft(key),
		type(text: string) {
			drafts.saveDraft(key, text);
			drafts.writeDrafts();
		},
		close: () => release(key),
		takeBeside: () => drafts.takeOwnKey(place, true).then(drafts.findDraft),
		session,
	};
}

beforeEach(() => {
	vi.stubGlobal("localStorage", new BrowserStorage());
	vi.stubGlobal("navigator", { locks: createLocks() });
});
afterEach(() => vi.unstubAllGlobals());

describe("drafts of several tabs in one place", () => {
	it("stand beside each other, and what one tab sends takes nothing from another", async () => {
		const first = await openTab();
		first.type("from the first");
		const second = await openTab();
		expect(second.text()).toBe("");
		second.type("from the second");
		expect(first.text()).toBe("from the first");
		first.type("");
		expect(second.text()).toBe("from the second");
	});

	it("come back to their own tab after a reload, and to a new one after the tab was closed", async () => {
		const [first, second] = [await openTab(), await openTab()];
		first.type("from the first");
		second.type("from the second");
		first.close();
		second.close();
		await vi.waitFor(async () => expect((await openTab(second.session)).text()).toBe("from the second"));
		expect((await openTab()).text()).toBe("from the first");
		expect((await openTab()).text()).toBe("");
	});

	it("are found by a new tab also where the first key is free and holds nothing", async () => {
		const [first, second] = [await openTab(), await openTab()];
		second.type("from the second");
		first.close();
		second.close();
		await vi.waitFor(async () => expect((await openTab()).text()).toBe("from the second"));
	});

	it("are not taken by a tab in which the person is already writing", async () => {
		const closed = await openTab();
		closed.type("left here");
		closed.close();
		const writing = await openTab();
		writing.close();
		await vi.waitFor(async () => expect(await writing.takeBeside()).toBe(""));
		expect((await openTab()).text()).toBe("left here");
	});
});
