import fc from "fast-check";
import { countTokens as countCl100k } from "gpt-tokenizer/encoding/cl100k_base";
import { countTokens as countO200k } from "gpt-tokenizer/encoding/o200k_base";
import { beforeAll, describe, expect, it } from "vitest";
import { countTokens, type Encoding, loadEncoding } from "./encodings.ts";

const encodings = ["o200k_base", "cl100k_base"] as const;
const references = { o200k_base: countO200k, cl100k_base: countCl100k };
/** The reference refuses the names of special tokens unless told that they are text. */
const countByReference = (text: string, encoding: Encoding) =>
	references[encoding](text, { disallowedSpecial: new Set() });

beforeAll(async () => {
	for (const encoding of encodings) await loadEncoding(encoding);
});

const paragraph =
	"The keeper's log says: on 24 November 2026, at 06:15, 3,141 letters came in; 27 were lost. Don't ask why! ";
const texts = [
	"",
	"a",
	"tiktoken is great!",
	paragraph,
	"\tif (a !== b) {\r\n\t\treturn [a, b].join(`/`);\r\n\t}\r\n\r\n",
	"Straße, naïve café, Ærøskøbing, Łódź, İstanbul",
	"Привет, мир! Как дела? ὅσοι φίλοι",
	"今日は良い天気ですね。散歩に行きましょう！東京、大阪。",
	"ภาษาไทยไม่มีช่องว่างระหว่างคำ",
	"👩‍👩‍👧‍👦 🏳️‍🌈 🇩🇪 e\u0301\u0323",
	"<|endoftext|> is text here",
	"\ud800 half a pair \udc00",
	"0123456789".repeat(5),
	"____ **bold** -- `code` ://?&=#",
	"   leading, trailing   \n\n\n   ",
];

describe.each(encodings)("countTokens by %s", (encoding) => {
	it.each(texts)("counts %j as the reference does", async (text) => {
		expect(await countTokens(text, encoding)).toBe(countByReference(text, encoding));
	});

	it("counts any text as the reference does", async () => {
		const word = fc.oneof(
			fc.string({ unit: "binary", maxLength: 12 }),
			fc.string({ unit: "grapheme", maxLength: 12 }),
			fc.constantFrom(" ", "\n", "  ", "'s", "'LL", "ing", "的", "\u00a0", "١٢٣", "_"),
			fc.string({ unit: fc.constantFrom("a", "B", "é", "中", "😀", "-"), maxLength: 200 }),
		);
		await fc.assert(
			fc.asyncProperty(fc.array(word, { maxLength: 30 }), async (words) => {
				const text = words.join("");
				expect(await countTokens(text, encoding)).toBe(countByReference(text, encoding));
			}),
			{ numRuns: 300 },
		);
	});

	it("counts a long text as the reference does, wherever its windows end", async () => {
		for (const text of [
			paragraph.repeat(1_500),
			texts.join(" ").repeat(200),
			`${"x".repeat(33)}, y`.repeat(3_000),
		])
			expect(await countTokens(text, encoding)).toBe(countByReference(text, encoding));
	});
});

describe("a text made to hold up the process", () => {
	const size = 1_000_000;
	const repeat = (text: string) => text.repeat(size / text.length);
	/** Every character another, without a place to cut. */
	const ideographs = Array.from({ length: size }, (_, index) =>
		String.fromCharCode(0x4e00 + ((index * 7_919) % 20_000)),
	).join("");
	const letters = Array.from({ length: size }, (_, index) => "etaoinshrdlu"[(index * index) % 12]).join("");

	it.each([
		["one letter", repeat("a")],
		["one capital letter", repeat("A")],
		["blanks before a word", `${repeat(" ")}x`],
		["line feeds", repeat("\n")],
		["one sign", repeat(".")],
		["two signs in turn", repeat("_*")],
		["one ideograph", repeat("中")],
		["all ideographs", ideographs],
		["one emoji", repeat("😀")],
		["combining marks", repeat("e\u0301")],
		["letters without a blank", letters],
		["halves of pairs", repeat("\ud800")],
	])(
		"lets other work run: a megabyte of %s",
		async (_, text) => {
			const blocks = watchBlocks();
			const tokens = await countTokens(text, "o200k_base");
			const longestMs = blocks.end();
			expect(tokens).toBeGreaterThan(size / 200);
			expect(longestMs).toBeLessThan(50);
		},
		60_000,
	);

	it.each([
		["a", 8],
		[" ", 128],
		["\n", 16],
		["=", 64],
	])("counts a run of %j exactly, whatever its length", async (character, perToken) => {
		expect(await countTokens(character.repeat(100_000 - (100_000 % perToken)), "o200k_base")).toBe(
			Math.floor(100_000 / perToken),
		);
	});
});

/** The longest time of this thread's own between two turns of its event loop: a busy machine does not lengthen it. */
function watchBlocks(): { end(): number } {
	let longestMs = 0;
	let last = process.threadCpuUsage();
	let isOver = false;
	const look = () => {
		const { user, system } = process.threadCpuUsage(last);
		longestMs = Math.max(longestMs, (user + system) / 1_000);
		last = process.threadCpuUsage();
		if (!isOver) setImmediate(look);
	};
	setImmediate(look);
	return {
		end() {
			look();
			isOver = true;
			return longestMs;
		},
	};
}
