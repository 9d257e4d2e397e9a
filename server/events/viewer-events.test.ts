import { describe, expect, it } from "vitest";
import type { UserId } from "../ids.ts";
import { createViewerEvents } from "./index.ts";

const ann = { userId: "ann" as UserId };
const bob = { userId: "bob" as UserId };
const change = (threadId: string) => ({ type: "thread-change", threadId, change: "renamed" }) as const;

function createHub(isStillValid = async () => true) {
	const hub = createViewerEvents({ instanceId: "one", isStillValid });
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
	it("tells one person's followers what changed, and nobody else", async () => {
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
});
