import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";

/** CONTRIBUTING: comments and the names of tests say who does what, in plain words. */
const riddle = /\b(anew|nobody|whoever|somebody|dearer|dearest|weather)\b/i;
/** Real names: a user of the operating system, its variable, a function that a model may call, a command. */
const names = /"nobody"|`nobody`|bench:weather|\bgetWeather\b/g;

/** Comments, and the first argument of what declares a test or a group of them. */
const spoken =
	/\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/[^\n]*|\b(?:it|test|describe)(?:\.\w+)?\(\s*(?:"[^"\n]*"|`[^`]*`)|\](?:\s*as const)?\)\(\s*(?:"[^"\n]*"|`[^`]*`)/g;

const findRiddles = (text: string): string[] =>
	[...text.matchAll(spoken)].map(([found]) => found.replace(names, "")).filter((found) => riddle.test(found));

const files = execFileSync("git", ["ls-files", "-co", "--exclude-standard", "*.ts", "*.tsx", "*.mjs"], {
	encoding: "utf8",
})
	.split("\n")
	.filter((file) => file !== "" && !file.startsWith("scripts/plain-words"));

it("comments and names of tests have none of the words that CONTRIBUTING rules out", () => {
	const found = files.flatMap((file) =>
		findRiddles(readFileSync(file, "utf8")).map(
			(text) => `${file}: ${text.match(riddle)?.[0]} in ${text.slice(0, 160)}`,
		),
	);
	expect(found).toEqual([]);
});

it.each([
	"// The dearest model.",
	"/** Nobody\n * waits. */",
	'it("is paid by whoever asks", () => {',
	"describe(`somebody`",
	'it.each([1])("costs nobody", () => {',
])("%s is found", (text) => {
	expect(findRiddles(text)).toHaveLength(1);
});
