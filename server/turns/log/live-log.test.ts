import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { foldEvents } from "../../contract/fold.ts";
import type { TurnId, UserId } from "../../contract/ids.ts";
import type { TurnEvent } from "../../contract/turn.ts";
import { toSafeLength } from "./grapheme.ts";
import { LiveLog } from "./live-log.ts";

const createLog = () => new LiveLog({ turnId: "t" as TurnId, userId: "u" as UserId, epoch: 1, logged: [] });
const text = (value: string): TurnEvent => ({ type: "text-delta", text: value });

describe("toSafeLength", () => {
	it.each([
		["Hello", 5],
		["", 0],
		["Hi 👩", 3],
		["Hi 👩‍", 3],
		["e\u0301", 0],
		["漢字", 1],
		["🇩", 0],
	])("ends a batch of %j before a character that may still grow", (value, length) => {
		expect(toSafeLength(value)).toBe(length);
	});

	it("does not let one endless cluster hold a stream back", () => {
		expect(toSafeLength(`a${"\u0301".repeat(500)}`)).toBe(501);
	});
});

describe("LiveLog", () => {
	it("gives any reader that cuts off anywhere exactly the text that was written, however it was batched", () => {
		const step = fc.oneof(
			fc.record({ push: fc.string({ unit: "grapheme", minLength: 1, maxLength: 12 }) }),
			fc.constant("flush" as const),
		);
		fc.assert(
			fc.property(
				fc.array(step, { maxLength: 60 }),
				fc.array(fc.nat(80), { maxLength: 8 }),
				(steps, cuts) => {
					const log = createLog();
					let written = "";
					for (const one of steps) {
						if (one === "flush") log.markStored(log.take(false));
						else {
							written += one.push;
							log.push(text(one.push));
						}
					}
					log.markStored(log.take(true));
					const all = log.since(0) ?? [];
					expect(all.map(({ seq }) => seq)).toEqual(all.map((_, index) => index + 1));
					expect(foldEvents(all.map(({ event }) => event)).text).toBe(written);
					for (const cut of cuts) {
						const at = Math.min(cut, all.length);
						const resumed = [...all.slice(0, at), ...(log.since(at) ?? [])];
						expect(foldEvents(resumed.map(({ event }) => event)).text).toBe(written);
					}
				},
			),
			{ numRuns: 2_000 },
		);
	});

	it("never shows half of a character between two batches", () => {
		const family = "👨‍👩‍👧‍👦";
		for (let cut = 1; cut < family.length; cut++) {
			const log = createLog();
			log.push(text(`a ${family.slice(0, cut)}`));
			const first = log.take(false);
			log.push(text(`${family.slice(cut)} b`));
			expect(first).toEqual([text("a ")]);
			expect(log.take(false)).toEqual([text(`${family} b`)]);
		}
	});

	it("sends readers who are too far back to the table, and bounds what it keeps", () => {
		const log = createLog();
		for (let index = 0; index < 500; index++) log.markStored([text("x".repeat(1_000))]);
		expect(log.since(0)).toBeNull();
		expect(log.since(499)).toHaveLength(1);
		expect(log.since(500)).toEqual([]);
	});
});
