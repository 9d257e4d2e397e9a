import { describe, expect, it } from "vitest";
import { type CompactInput, chooseSources, compact, type SummaryLog } from "./compact.ts";
import { countSummaryTokens, type SummarySource } from "./section.ts";

const filler = "The harbour is calm and the boats come in one after another as they do every morning. ";

const toMessages = (count: number, more: (place: number) => Partial<SummarySource> = () => ({})) =>
	Array.from(
		{ length: count },
		(_, place): SummarySource => ({
			id: `m${place}`,
			role: place % 2 === 0 ? "user" : "assistant",
			text: filler.repeat(6),
			tokens: 120,
			createdAt: "2026-11-30T10:00:00.000Z",
			isPinned: false,
			...more(place),
		}),
	);
const toInput = (more: Partial<CompactInput>): CompactInput => ({
	messages: toMessages(40),
	before: null,
	budget: 4_000,
	lastSourceTokens: 0,
	...more,
});
const log: SummaryLog = {
	throughMessageId: "m19",
	text: "## 2026-11-01\n\nBoats.",
	tokens: 10,
	sourceTokens: 2_400,
};
const ids = (input: Partial<CompactInput>) => chooseSources(toInput(input)).map(({ id }) => id);

describe("chooseSources", () => {
	it("waits until the conversation has most of its budget, then leaves less than half of that", () => {
		expect(ids({ messages: toMessages(22) })).toEqual([]);
		const chosen = ids({});
		expect(chosen[0]).toBe("m0");
		// 1,200 tokens are left as they are: 10 messages.
		expect(chosen.at(-1)).toBe("m29");
	});

	it("goes on after the summary before, and waits for a fifth more than was ever summarised", () => {
		expect(ids({ before: log, messages: toMessages(52), lastSourceTokens: 2_400 })[0]).toBe("m20");
		expect(ids({ before: log, messages: toMessages(52), lastSourceTokens: 4_300 })).toEqual([]);
	});

	it("makes nothing for a branch that the summary is not of", () => {
		expect(ids({ before: { ...log, throughMessageId: "elsewhere" } })).toEqual([]);
	});

	it("summarises at once when the person asks, but neither the newest exchange nor next to nothing", () => {
		expect(ids({ messages: toMessages(10), isAsked: true }).at(-1)).toBe("m7");
		expect(ids({ messages: toMessages(4), isAsked: true })).toEqual([]);
		expect(ids({ messages: [], isAsked: true })).toEqual([]);
	});

	it("reads no more than one call may, and one message of any length", () => {
		const long = toMessages(40, () => ({ tokens: 9_000 }));
		expect(ids({ messages: long, isAsked: true })).toEqual(["m0", "m1"]);
		const huge = toMessages(6, (place) => ({ tokens: place === 1 ? 90_000 : 300 }));
		expect(ids({ messages: huge, budget: 50_000 })).toEqual(["m0", "m1"]);
		expect(ids({ messages: huge.slice(1), budget: 50_000 })).toEqual(["m1"]);
	});
});

describe("compact", () => {
	const sources = toMessages(10);
	const facts = (text: string, role: "user" | "assistant" = "user") =>
		toMessages(10, (place) =>
			place === 4 ? { text: `${filler.repeat(3)} ${text} ${filler.repeat(3)}`, role } : {},
		);
	const run = (from: readonly SummarySource[], answer: string | null, before: SummaryLog | null = null) =>
		compact(from, before, async () => answer);

	it("begins with the summary before, word by word, and adds a section with the day of its end", async () => {
		const next = await run(sources, "They looked at boats.", log);
		expect(next).toEqual({
			throughMessageId: "m9",
			text: `${log.text}\n\n## 2026-11-30\n\nThey looked at boats.`,
			tokens: await countSummaryTokens(next?.text ?? ""),
			sourceTokens: 3_600,
		});
	});

	it.each([
		["fails", null],
		["says nothing", "  \n"],
		["only thinks", "<think>What is there to say?"],
		["repeats itself", "the boats come in again and again ".repeat(20)],
		["writes more than it read", Array.from({ length: 1_500 }, (_, place) => `boat${place}`).join(" ")],
	])("leaves everything as it was when the model %s", async (_, answer) => {
		expect(await run(sources, answer, log)).toBeNull();
	});

	it.each([
		["a constraint", "Never use the blue paint on the hull.", "Never use the blue paint on the hull."],
		["an address", "See https://example.org/a/b?c=1#d.", "https://example.org/a/b?c=1#d"],
		["a number", "It holds 4711 litres.", "4711"],
		["a date", "We leave on 2027-04-09 at noon.", "2027-04-09"],
		["a name", "Ask for Ingrid Solberg there.", "Ingrid Solberg"],
		["a name of code", "Set max_retry_count to null.", "max_retry_count"],
		["code", "Call `await flush()` first.", "await flush()"],
		["a path", "It is in src/quay/main.rs now.", "src/quay/main.rs"],
	])("keeps %s that the model has lost, word by word", async (_, sentence, value) => {
		const next = await run(facts(sentence), "They talked.");
		expect(next?.text).toContain("Kept verbatim:");
		expect(next?.text).toContain(value);
	});

	it("lists nothing that the model or an earlier section has kept, and tells 12 from 128", async () => {
		const said = facts("It costs 128 crowns.");
		expect((await run(said, "It costs 128 crowns."))?.text).not.toContain("Kept verbatim");
		expect((await run(said, "It costs 12 crowns, or 1280."))?.text).toContain("costs 128 crowns");
		expect((await run(said, "They talked.", { ...log, text: "It costs 128 crowns." }))?.text).not.toContain(
			"Kept verbatim",
		);
	});

	it("has no pinned message in it, and asks no model for one", async () => {
		const pinned = facts("The code word is Quince Garden 77.").map((one, place) => ({
			...one,
			isPinned: place === 4,
		}));
		let asked: readonly SummarySource[] = [];
		const next = await compact(pinned, null, async (said) => {
			asked = said;
			return "They talked.";
		});
		expect(asked.map(({ id }) => id)).not.toContain("m4");
		expect(next?.text).not.toContain("Quince");
		expect(next?.sourceTokens).toBe(9 * 120);
	});
});
