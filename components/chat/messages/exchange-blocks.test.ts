import { describe, expect, it } from "vitest";
import { type ExchangeBlock, type ExchangeMessages, toExchangeBlocks } from "./exchange-blocks";

const exchanges = (first: number, last: number): ExchangeMessages[] =>
	Array.from({ length: last - first + 1 }, (_, index) => [
		{ key: `e${first + index}` } as ExchangeMessages[number],
	]);
const toKeys = (blocks: readonly ExchangeBlock[]) =>
	blocks.map((block) => block.exchanges.map(([message]) => message?.key).join(" "));
const toOwners = (blocks: readonly ExchangeBlock[]) =>
	new Map(blocks.flatMap(({ key, exchanges }) => exchanges.map(([message]) => [message?.key, key])));

describe("toExchangeBlocks", () => {
	it("puts neighbours together, 16 at most", () => {
		const blocks = toExchangeBlocks(exchanges(0, 39), new Map());
		expect(blocks.map(({ exchanges: { length } }) => length)).toEqual([16, 16, 8]);
		expect(blocks.map(({ firstIndex }) => firstIndex)).toEqual([0, 16, 32]);
		expect(toKeys(blocks).join(" ")).toBe(
			toKeys([{ key: "", firstIndex: 0, exchanges: exchanges(0, 39) }])[0],
		);
		expect(toExchangeBlocks([], new Map())).toEqual([]);
	});

	it("leaves every exchange in its block while older ones are loaded and new ones come", () => {
		const known = new Map<string, string>();
		let [first, last] = [100, 104];
		let owners = toOwners(toExchangeBlocks(exchanges(first, last), known));
		for (const step of ["new", "older", "new", "older", "older", "new", "new"]) {
			if (step === "new") last += 7;
			else first -= 13;
			const blocks = toExchangeBlocks(exchanges(first, last), known);
			const now = toOwners(blocks);
			for (const [key, owner] of owners) expect(now.get(key)).toBe(owner);
			expect(new Set(blocks.map(({ key }) => key)).size).toBe(blocks.length);
			expect(Math.max(...blocks.map(({ exchanges: { length } }) => length))).toBeLessThanOrEqual(16);
			owners = now;
		}
	});

	it("leaves the rest in its blocks while another branch is shown and left again", () => {
		const known = new Map<string, string>();
		const all = exchanges(0, 39);
		const before = toOwners(toExchangeBlocks(all, known));
		const branch = toExchangeBlocks([...all.slice(0, 5), ...exchanges(50, 60)], known);
		for (const [key, owner] of toOwners(branch)) if (before.has(key)) expect(owner).toBe(before.get(key));
		expect(toOwners(toExchangeBlocks(all, known))).toEqual(before);
	});
});
