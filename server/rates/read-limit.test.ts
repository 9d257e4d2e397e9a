import { describe, expect, it } from "vitest";
import type { UserId } from "../contract/ids.ts";
import { createReadLimit, toReadPlaces } from "./read-limit.ts";

const [ada, bob] = ["ada", "bob"] as UserId[] as [UserId, UserId];

/** Reads that end when the test says so, and a look at which are running. */
function createStage(places: Parameters<typeof createReadLimit>[0]) {
	const limit = createReadLimit(places);
	const running: { userId: UserId; end: () => void }[] = [];
	const read = (userId: UserId) =>
		limit.run(userId, async () => {
			const { promise, resolve } = Promise.withResolvers<void>();
			const one = { userId, end: resolve };
			running.push(one);
			await promise;
			running.splice(running.indexOf(one), 1);
		});
	const settled = () => new Promise((resolve) => setTimeout(resolve, 5));
	return { limit, running, read, settled, who: () => running.map(({ userId }) => userId) };
}
const places = { total: 5, perPerson: 3, waitingMax: 4, waitMsMax: 10_000 };

describe("reads", () => {
	it("of one person leave places for others who come later", async () => {
		const { read, settled, who, running } = createStage(places);
		const all = [1, 2, 3, 4, 5, 6].map(() => read(ada));
		all.push(read(bob), read(bob));
		await settled();
		expect(who()).toEqual([ada, ada, ada, bob, bob]);
		while (running.length > 0) {
			running[0]?.end();
			await settled();
			expect(who().filter((one) => one === ada).length).toBeLessThanOrEqual(3);
		}
		await Promise.all(all);
	});

	it("of all people leave connections for chat", async () => {
		const { read, settled, who, running } = createStage(places);
		const people = Array.from({ length: 9 }, (_, index) => `person${index}` as UserId);
		const all = people.map(read);
		await settled();
		expect(who()).toEqual(people.slice(0, 5));
		while (running.length > 0) {
			running[0]?.end();
			await settled();
		}
		await Promise.all(all);
		expect(toReadPlaces(10)).toMatchObject({ total: 6, perPerson: 4 });
		expect(toReadPlaces(2)).toMatchObject({ total: 1, perPerson: 1 });
	});

	it("beyond what may wait are refused at once, and only those of this person", async () => {
		const { read, settled, running } = createStage(places);
		const all = Array.from({ length: 7 }, () => read(ada));
		await expect(read(ada)).rejects.toMatchObject({
			code: "rate_limited",
			details: { limit: "reads", retryAfterMs: 1_000 },
		});
		const other = read(bob);
		await settled();
		expect(running.some(({ userId }) => userId === bob)).toBe(true);
		while (running.length > 0) {
			running[0]?.end();
			await settled();
		}
		await Promise.all([...all, other]);
		const again = read(ada);
		await settled();
		running[0]?.end();
		await again;
	});

	it("that wait too long are refused and take no place afterwards", async () => {
		const { read, settled, running, who } = createStage({ ...places, perPerson: 1, waitMsMax: 20 });
		const first = read(ada);
		await expect(read(ada)).rejects.toMatchObject({ code: "rate_limited" });
		running[0]?.end();
		await first;
		await settled();
		expect(who()).toEqual([]);
	});

	it("that fail leave their place", async () => {
		const { limit, read, settled, running } = createStage({ ...places, perPerson: 1 });
		await expect(limit.run(ada, async () => Promise.reject(new Error("no")))).rejects.toThrow("no");
		const next = read(ada);
		await settled();
		expect(running).toHaveLength(1);
		running[0]?.end();
		await next;
	});
});
