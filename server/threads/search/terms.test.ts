import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isMatch, toCanonical, toIndexTerms, toQueryTerms, toTsQuery } from "./terms.ts";

const toTerms = (text: string) => [...new Set([...toIndexTerms(toCanonical(text))].map(({ term }) => term))];
const finds = (typed: string, text: string) => {
	const wanted = toQueryTerms(typed, 32);
	const terms = toTerms(text);
	return wanted.length > 0 && wanted.every((one) => terms.some((term) => isMatch(term, one)));
};

describe("a text is found", () => {
	it.each([
		["the beginnings of words in any order", "constan zepp", "The zeppelin over Lake Constance"],
		["Han inside of a run", "全文検索", "昨日は全文検索の仕組みを学んだ"],
		["one character of a run", "猫", "黒い猫"],
		["the last character of a run", "猫", "三匹の猫、二匹の犬"],
		["Katakana of half width", "ガイド", "設定ｶﾞｲﾄﾞを読む"],
		["Japanese beside Latin", "next.js を", "昨日Next.jsを試した"],
		["Korean inside of a word", "베이스", "새 데이터베이스에서 읽는다"],
		["Korean that was stored in pieces", "한국어", "한국어 문장".normalize("NFD")],
		["Thai inside of a sentence", "ตลาดน้ำ", "พรุ่งนี้เราไปตลาดน้ำกันเถอะ"],
		["Arabic without its vowel points", "مدرسة", "هذه مَدْرَسَةٌ كبيرة"],
		["Arabic with a stretch", "محمد", "محـــمد"],
		["Persian with a joiner", "میخواهم", "من می\u200cخواهم"],
		["Hebrew without its points", "שלום", "שָׁלוֹם עולם"],
		["Hindi with its vowel signs", "हिन्दी", "मुझे हिन्दी पसंद है"],
		["Cyrillic in any case", "ПРИВЕТ", "ну, привет"],
		["Cyrillic without dots", "елка", "Ёлка"],
		["Greek whose last letter has two forms", "ΛΟΓΟΣ", "ὁ λόγος"],
		["a sharp s", "strasse", "die Straße"],
		["Turkish capitals", "istanbul", "İSTANBUL"],
		["accents that were combined apart", "café", "cafe\u0301 noir"],
		["accents that were not typed", "resume", "my résumé"],
		["letters that a keyboard may not have", "da nang lodz", "Đà Nẵng, Łódź"],
		["letters of full width", "search", "ｓｅａｒｃｈ"],
		["ligatures", "office", "oﬃce"],
		["a file name", "index.html", "Open index.html first"],
		["the ending of a file name", "html", "Open index.html first"],
		["a file name as it is typed", "index.ht", "Open index.html first"],
		["a day", "2024-01-15", "due on 2024-01-15."],
		["a month", "2024-01", "due on 2024-01-15."],
		["a number with a point", "3.14", "pi is 3.14159"],
		["a version", "1.2.3", "since v1.2.3"],
		["an amount", "1,250.00", "it costs $1,250.00 now"],
		["a path", "/usr/local/bin", "in /usr/local/bin/node"],
		["the middle of a path", "local/bin", "in /usr/local/bin/node"],
		["a path of Windows", "C:\\Users\\ann", "see C:\\Users\\ann\\notes.txt"],
		["an address", "ann.lee@example.com", "write to <ann.lee@example.com>"],
		["the host of an address", "example.com", "write to ann.lee@example.com"],
		["a URL", "https://example.com/a-b?c=d#e", "(https://example.com/a-b?c=d#e)"],
		["words around a slash", "TCP/IP", "the TCP/IP stack"],
		["one of the words around a slash", "ip", "the TCP/IP stack"],
		["a word in curly quotes", "quoted", "the “quoted” word"],
		["a word beside a dash", "after", "before—after"],
		["a hyphenated word", "well-known", "a well‑known fact"],
		["an apostrophe of either form", "don't", "I don’t know"],
		["a name with underscores", "max_tokens", "set `max_tokens`"],
		["a hump of a name", "name", "call getUserName()"],
		["the number of a name", "15", "an iPhone15"],
		["a language by its signs", "c++", "C++ and Rust"],
		["a name after a stop", "net", "on .NET 8"],
		["a hidden hyphen", "hyphenation", "hyphen\u00ADation"],
		["a picture", "🎉", "done 🎉🎉"],
		["a flag", "🇩🇪", "from 🇩🇪 with"],
		["a long word by its beginning", "x".repeat(80), "x".repeat(100)],
	])("by %s", (_, typed, text) => expect(finds(typed, text)).toBe(true));
});

describe("a text is not found", () => {
	it.each([
		["when one of the words is missing", "zeppelin submarine", "The zeppelin"],
		["by other characters of a run", "全検", "全文検索"],
		["by numbers that stand apart", "3.14", "3 of the 14"],
		["by the end of a word", "peline", "zeppeline"],
		["by the beginning of a language's name", "c#", "C and D"],
		["by another picture", "🎈", "🎉"],
		["by signs alone", "') | !! -> \\", "') | !! -> \\"],
		["by nothing", "  ", "text"],
	])("%s", (_, typed, text) => expect(finds(typed, text)).toBe(false));
});

describe("the one rule", () => {
	const text = fc.oneof(
		fc.string({ unit: "binary", maxLength: 60 }),
		fc
			.array(
				fc.constantFrom(
					"日本",
					"ｶﾞ",
					"서울",
					"ตลาด",
					"C#",
					"aB1",
					"é",
					"e\u0301",
					"-",
					".",
					"“",
					" ",
					"🎉",
					"\n",
				),
				{
					maxLength: 12,
				},
			)
			.map((parts) => parts.join("")),
	);

	it("finds every text by itself and by each piece between its spaces", () => {
		fc.assert(
			fc.property(text, (written) => {
				const canonical = toCanonical(written);
				for (const typed of [canonical, ...canonical.split(/\s+/)])
					if (toQueryTerms(typed, 100).length > 0) {
						const terms = toTerms(written);
						for (const one of toQueryTerms(typed, 100))
							expect(
								terms.some((term) => isMatch(term, one)),
								`${typed}: ${one.term}`,
							).toBe(true);
					}
			}),
			{ numRuns: 2_000 },
		);
	});

	it("makes terms that PostgreSQL reads as they are: no quotes, spaces or backslashes, 300 characters at most", () => {
		fc.assert(
			fc.property(text, (written) => {
				for (const term of toTerms(written)) {
					expect(term).toMatch(/^[^\s'\\]{1,300}$/);
					expect(term.isWellFormed()).toBe(true);
				}
			}),
		);
		expect(toQueryTerms("a ".repeat(100), 32)).toHaveLength(32);
		expect(toTsQuery(toQueryTerms("Foo 日本", 32), "0000-12345678")).toBe("'12345678foo':* & '12345678日本'");
	});

	it.each([
		["a word without end", "a".repeat(200_000)],
		["humps without end", "aA".repeat(100_000)],
		["marks without end", "a\u0301\u0301".repeat(66_000)],
		["signs without end", "+".repeat(200_000)],
		["joined words without end", "a.".repeat(100_000)],
		["a run without end", "日本語".repeat(66_000)],
	])("takes time in proportion to the text: %s", (_, long) => {
		const startedAt = performance.now();
		let count = 0;
		for (const _term of toIndexTerms(toCanonical(long))) count += 1;
		expect(count).toBeLessThan(500_000);
		expect(performance.now() - startedAt).toBeLessThan(3_000);
	});
});
