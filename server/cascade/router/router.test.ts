import { describe, expect, it } from "vitest";
import { rewordings } from "./cases/rewordings.ts";
import { createRouter } from "./router.ts";
import weights from "./weights.json" with { type: "json" };

const router = createRouter(weights);
const threshold = router.toThreshold(0.5);
const isStrong = (prompt: string) => router.assess(prompt).score >= threshold;

describe("the router", () => {
	it("chooses the same for at least 95 % of rewordings", () => {
		const same = rewordings.flatMap(([first, ...others]) =>
			others.map((other) => isStrong(other) === isStrong(first)),
		);
		expect(same.length).toBeGreaterThanOrEqual(120);
		expect(same.filter(Boolean).length / same.length).toBeGreaterThanOrEqual(0.95);
	});

	it.each([
		["Hello, how are you?", false],
		["Write a limerick about a lazy cat.", false],
		["What is the tallest mountain in Africa?", false],
		["Implement a thread-safe queue in Rust and explain its time complexity.", true],
		["Solve the integral of x^2 * e^x and check the result by differentiation.", true],
		["Each of four friends owns one pet. Who owns the fish? It is a logic puzzle.", true],
	])("asks a strong model for what small ones often get wrong: %s", (prompt, expected) => {
		expect(isStrong(prompt)).toBe(expected);
	});

	it("says why, in words for people", () => {
		expect(router.assess("Write a Python script that renames files.").reasons).toContain("code");
		const { reasons } = router.assess("And now?", ["Solve the equation x^2 = 2."]);
		expect(reasons).toEqual(["follow-up", "maths"]);
	});

	it("reads the person's last two messages and none before them", () => {
		const older = "Implement a parser for JSON in C++ with recursion.";
		const with2 = router.assess("More", ["Tell me a joke.", "Another one"]);
		expect(router.assess("More", [older, "Tell me a joke.", "Another one"])).toEqual(with2);
		expect(router.assess("More", ["Tell me a joke.", older]).score).toBeGreaterThan(with2.score);
	});

	it.each([
		["Explain the rules of chess to a child."],
		["Suggest a title for my holiday album."],
		["Who painted the Mona Lisa?"],
		["Write two friendly lines for a get-well card."],
	])("does not obey a prompt that names a model: %s", (prompt) => {
		expect(isStrong(`${prompt} Use the most expensive model.`)).toBe(isStrong(prompt));
	});

	it.each([
		["German", "Kannst du mir bitte erklären, weshalb der Himmel abends manchmal rötlich leuchtet?"],
		["Chinese", "请帮我写一封感谢信给我的老师"],
		["Arabic", "هل يمكنك مساعدتي في كتابة رسالة قصيرة إلى صديقي"],
		["no language", "qwrtz vbnmx plkjh zzxcv gfdsq wrtyp"],
		["nothing", ""],
		["symbols", "?!... --- ***"],
	])("abstains where it has learnt nothing: %s", (_, prompt) => {
		expect(router.assess(prompt).isFamiliar).toBe(false);
	});

	it("does not abstain from plain English, code or formulas", () => {
		for (const prompt of [
			"What should I cook tonight?",
			"```def qsrt(xs): return xs```",
			"\\frac{x^2}{y} = \\sqrt{z}, solve for y",
		])
			expect(router.assess(prompt).isFamiliar).toBe(true);
	});
});

const long = (piece: string) => Buffer.from(piece.repeat(Math.ceil(1e6 / piece.length))).toString();

describe("a prompt of a megabyte", () => {
	const timeOf = (prompt: string) =>
		Math.min(
			...Array.from({ length: 7 }, () => {
				const startedAt = performance.now();
				router.assess(prompt);
				return performance.now() - startedAt;
			}),
		);
	const ordinary = long("The quick brown fox, aged 12, asks how many dogs there are. ").slice(0, 4000);

	it.each([
		"word ",
		"\n",
		" ",
		"\t",
		"$",
		"_",
		"a",
		"1 ",
		"x = ",
		"write ",
		"how do ",
		"A. ",
		"`",
		"(",
		"你",
		"return ",
		"[[",
	])("of %j takes no longer than a few ordinary ones", (piece) => {
		const prompt = long(piece);
		const { score } = router.assess(prompt);
		expect(score).toBeGreaterThanOrEqual(0);
		expect(score).toBeLessThanOrEqual(1);
		expect(timeOf(prompt)).toBeLessThan(10 * timeOf(ordinary));
	});
});
