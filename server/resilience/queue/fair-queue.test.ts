import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Priority, priorities } from "../../contract/kinds.ts";
import { createFairQueue, type Waiter } from "./fair-queue.ts";

/** `Ap Bp Ap`: user and the first letter of the priority. */
function fill(words: string) {
	const queue = createFairQueue<Waiter & { readonly name: string }>();
	for (const [seq, word] of words.split(" ").entries()) {
		const priority = priorities.find((one) => one.startsWith(word[1]?.toLowerCase() ?? "")) ?? "people";
		queue.push({ userId: word[0] ?? "", priority, seq, name: `${word}${seq}` });
	}
	return queue;
}
const letters: Record<string, Priority> = { p: "people", a: "api", b: "background" };

describe("the fair queue", () => {
	it.each([
		["is first in, first out where every user has one item", "Ap Bp Cp Dp", "Ap0 Bp1 Cp2 Dp3"],
		["lets users take turns and keeps each one's own order", "Ap Ap Ap Bp Bp Cp", "Ap0 Bp3 Cp5 Ap1 Bp4 Ap2"],
		["puts people before the API before background work", "Ab Ba Cp Da Ep", "Cp2 Ep4 Ba1 Da3 Ab0"],
	])("%s", (_, words, order) => {
		const queue = fill(words);
		expect(
			queue
				.inOrder()
				.map(({ name }) => name)
				.join(" "),
		).toBe(order);
		expect(Array.from({ length: queue.size }, () => queue.take()?.name).join(" ")).toBe(order);
	});

	it("lets the API be overtaken eight times and background work 24 times at most", () => {
		const queue = fill(`Xb Ya ${Array.from({ length: 60 }, () => "Pp").join(" ")} Za`);
		const order = queue.inOrder().map(({ priority }) => priority);
		expect(order.indexOf("api")).toBe(8);
		expect(order.indexOf("background")).toBe(24);
	});

	it.each([
		["the newest background work, whoever comes", "Ab Bb Ca Dp", "Ep", "Bb1"],
		["the API before people", "Aa Bp Cp", "Dp", "Aa0"],
		["the newcomer when nobody is lower and nobody has more", "Ap Bp", "Cp", "newcomer"],
		["the newcomer when it is the lowest", "Ap Ba", "Cb", "newcomer"],
		["the newest of the one who has most waiting", "Ap Ap Ap Bp", "Cp", "Ap2"],
		["the newcomer who has most waiting", "Ap Ap Bp", "Ap", "newcomer"],
	])("gives up %s", (_, words, newcomer, surplus) => {
		const queue = fill(words);
		const priority = letters[newcomer[1] ?? ""] ?? "people";
		const item = { userId: newcomer[0] ?? "", priority, seq: 99, name: "newcomer" };
		expect(queue.findEviction(item).name).toBe(surplus);
	});

	const arrival = fc.record({
		userId: fc.constantFrom("A", "B", "C", "D"),
		priority: fc.constantFrom(...priorities),
		goes: fc.constantFrom("in", "in", "out", "away"),
	});

	it("never lets a later item overtake the first item of a user in its class, and keeps each user's order", () => {
		fc.assert(
			fc.property(fc.array(arrival, { maxLength: 80 }), (steps) => {
				const queue = createFairQueue<Waiter>();
				let waiting: (Waiter & { firstAt: number })[] = [];
				for (const [seq, { goes, ...who }] of steps.entries()) {
					const gone = goes === "out" ? queue.take() : goes === "away" ? waiting[0] : undefined;
					if (goes === "in") {
						const item = { ...who, seq, firstAt: Number.POSITIVE_INFINITY };
						waiting.push(item);
						queue.push(item);
					}
					if (goes === "away" && gone) expect(queue.remove(gone)).toBe(true);
					const item = waiting.find((one) => one === gone);
					waiting = waiting.filter((one) => one !== gone);
					for (const rival of waiting.filter((one) => goes === "out" && one.priority === item?.priority)) {
						expect(rival.seq < (item?.seq ?? 0) && rival.userId === item?.userId).toBe(false);
						expect(rival.firstAt).toBeGreaterThan(item?.firstAt ?? 0);
					}
					const seen = new Set<string>();
					for (const one of waiting) {
						const whose = `${one.userId} ${one.priority}`;
						if (!seen.has(whose)) one.firstAt = Math.min(one.firstAt, seq);
						seen.add(whose);
					}
				}
				expect(queue.inOrder()).toHaveLength(waiting.length);
			}),
		);
	});

	it("lists the order in which it takes items out", () => {
		fc.assert(
			fc.property(fc.array(arrival, { maxLength: 60 }), (steps) => {
				const queue = createFairQueue<Waiter>();
				for (const [seq, { goes, ...who }] of steps.entries()) {
					if (goes === "in") queue.push({ ...who, seq });
					else queue.take();
				}
				const told = queue.inOrder().map(({ seq }) => seq);
				expect(Array.from({ length: queue.size }, () => queue.take()?.seq)).toEqual(told);
			}),
		);
	});
});
