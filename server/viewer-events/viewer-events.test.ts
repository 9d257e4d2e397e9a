import { describe, expect, it } from "vitest";
import type { UserId } from "../contract/ids.ts";
import type { Notices } from "../kernel/notices.ts";
import { createViewerEvents } from "./index.ts";

const ann = { userId: "ann" as UserId };
const bob = { userId: "bob" as UserId };
const change = (threadId: string) => ({ type: "thread-change", threadId, change: "renamed" }) as const;

/** Two processes that hear each other; `cut` is what a new connection of the second one means. */
function createWire() {
	const sides = [0, 1].map(() => ({ hears: [] as ((body: unknown) => void)[], gaps: [] as (() => void)[] }));
	const toNotices = (own: number): Notices => ({
		send: (_, body) => {
			for (const hear of sides[1 - own]?.hears ?? []) hear(JSON.parse(JSON.stringify(body)));
		},
		on: (_, hear) => void sides[own]?.hears.push(hear),
		onGap: (gap) => void sides[own]?.gaps.push(gap),
		close: async () => {},
	});
	return {
		first: toNotices(0),
		second: toNotices(1),
		cut: () => sides[1]?.gaps.forEach((gap) => void gap()),
	};
}

function createHub(isStillValid = async () => true, notices = createWire().first) {
	const hub = createViewerEvents({ instanceId: "one", notices, isStillValid });
	async function take(viewer: typeof ann, lastEventId: string | null, count: number) {
		const seen: { id: string; event: object }[] = [];
		const leave = new AbortController();
		for await (const one of hub.follow({ viewer, lastEventId }, leave.signal))
			if (seen.push(one) === count) break;
		return seen;
	}
	return { hub, take };
}

describe("events.follow", () => {
	it("tells one person's followers alone what changed", async () => {
		const { hub, take } = createHub();
		const hearing = take(ann, null, 2);
		await Promise.resolve();
		hub.publish(bob.userId, change("b"));
		hub.publish(ann.userId, change("a1"));
		hub.publish(ann.userId, change("a2"));
		expect((await hearing).map(({ event }) => event)).toEqual([change("a1"), change("a2")]);
	});

	it("goes on after the last event id without losing or repeating one", async () => {
		const { hub, take } = createHub();
		hub.publish(ann.userId, change("a0"));
		const hearing = take(ann, null, 1);
		await Promise.resolve();
		for (const name of ["a1", "a2", "a3"]) hub.publish(ann.userId, change(name));
		const [first] = await hearing;
		expect((await take(ann, first?.id ?? "", 2)).map(({ event }) => event)).toEqual([
			change("a2"),
			change("a3"),
		]);
	});

	it.each(["other.3", "one.99", "one.-1", "one.x", "nonsense"])(
		"asks to read everything again after %j",
		async (lastEventId) => {
			const { take } = createHub();
			expect((await take(ann, lastEventId, 1))[0]?.event).toEqual({ type: "resync" });
		},
	);

	it("ends with the session", async () => {
		const { take } = createHub(async () => false);
		expect((await take(ann, null, 1))[0]?.event).toMatchObject({ type: "session-end" });
	});

	it("hears what another process announces, and asks to read again after a gap", async () => {
		const { first, second, cut } = createWire();
		const here = createHub(undefined, first);
		const there = createHub(undefined, second);
		const hearing = there.take(ann, null, 2);
		await Promise.resolve();
		here.hub.publish(bob.userId, change("b"));
		here.hub.publish(ann.userId, change("a"));
		await new Promise(setImmediate);
		cut();
		expect((await hearing).map(({ event }) => event)).toEqual([change("a"), { type: "resync" }]);
	});

	it("asks to read again after a gap that fell between two connections, or while an event was being taken", async () => {
		const { first, second, cut } = createWire();
		const here = createHub(undefined, first);
		const there = createHub(undefined, second);
		const reader = there.hub.follow({ viewer: ann, lastEventId: null }, undefined);
		const next = async () => (await reader.next()).value ?? { id: "", event: null };
		const hearing = next();
		await Promise.resolve();
		here.hub.publish(ann.userId, change("a"));
		const { id } = await hearing;
		cut();
		expect((await next()).event).toEqual({ type: "resync" });
		expect((await there.take(ann, id, 1)).map(({ event }) => event)).toEqual([{ type: "resync" }]);
		await reader.return();
	});
});
