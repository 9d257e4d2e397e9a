import { describe, expect, it } from "vitest";
import { toCalmOrder } from "./calm-order";

const row = (id: string, day: number) => ({
	id,
	activeAt: `2026-03-${String(day).padStart(2, "0")}T12:00:00Z`,
});
const ids = (rows: readonly { id: string }[]) => rows.map(({ id }) => id).join("");
const shown = [row("a", 20), row("b", 19), row("c", 18)];

describe("the list of chats under the pointer", () => {
	it("lets a further page stand below the rows that are shown, in its order", () => {
		const threads = [...shown, row("d", 17), row("e", 16)];
		expect(ids(toCalmOrder(threads, shown, null))).toBe("abcde");
		expect(ids(toCalmOrder([...threads, row("f", 15)], threads, null))).toBe("abcdef");
	});

	it("lets new rows wait, and a row that has moved keep its place and its day", () => {
		const threads = [row("x", 21), row("c", 21), row("a", 20), row("b", 19), row("d", 17)];
		const calm = toCalmOrder(threads, shown, null);
		expect(ids(calm)).toBe("abcd");
		expect(calm.find(({ id }) => id === "c")?.activeAt).toBe(shown[2]?.activeAt);
	});

	it("shows the chat at once that the person has just begun", () => {
		expect(ids(toCalmOrder([row("x", 22), row("y", 21), ...shown], shown, "y"))).toBe("yabc");
	});

	it("lets a row go that was deleted", () => {
		expect(ids(toCalmOrder([row("a", 20), row("c", 18)], shown, null))).toBe("ac");
	});

	it("shows everything when nothing was shown before", () => {
		expect(ids(toCalmOrder(shown, [], null))).toBe("abc");
	});
});
