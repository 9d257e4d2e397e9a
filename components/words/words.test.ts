import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { toText, words } from "./account";
import { adminWords } from "./admin";
import { messages } from "./chat";
import { contextWords } from "./context";
import { errorWords } from "./errors";
import { failureWords } from "./failures";
import { routingWords } from "./routing";
import { usageWords } from "./usage";

/** What a native editor takes out of every text on the screen. */
const forbidden: readonly [why: string, pattern: RegExp][] = [
	["a translated word", /\b(anew|dearest|greatest|meanwhile|nobody|somebody|whoever|thereof)\b/i],
	["a private word", /\b(house|stands?|deed|books|hitch|seam|glance)\b|by hand|at the moment/i],
	["calling a model", /\b(not|stop|is|again) called?\b|\bcall again\b/i],
	["e-mail", /e-mail|\bletter\b/i],
	["not contracted", /\b(is|are|was|were|do|does|did|can|could|will|would|has|have) not\b|\bcannot\b/i],
	["not contracted", /\b(you|we|they) (are|have|will)\b|\bit is\b/i],
	["a space before the percent sign", /\d\s+%/],
	["no charge in the passive", /nothing is charged|is kept\b/i],
];

const failure = (details: Record<string, string | number | boolean | null | string[]>) => ({
	code: "internal" as const,
	details,
	requestId: null,
});

/** Details that choose every branch of the words for failures. */
const branches: readonly Parameters<typeof failure>[0][] = [
	{},
	{ isEmpty: true },
	{ isReading: true },
	{ isAdmin: true, modelName: "Large" },
	{ retryAfterMs: 9_000 },
	{ hasWaited: true },
	{ limit: "spending_paused" },
	{ reason: "top_tier" },
	{ reason: "model_not_allowed" },
	{ resetsAt: "2030-01-01T00:00:00Z" },
];

/** Every text below a value; functions are asked with numbers and with words. */
function collect(value: unknown): string[] {
	if (typeof value === "string") return [value];
	if (Array.isArray(value)) return value.flatMap(collect);
	if (typeof value === "function") return [value(2, "Large"), value("Large", 2), value("Large", null)];
	return typeof value === "object" && value !== null ? Object.values(value).flatMap(collect) : [];
}

const accountCodes = ["CredentialsSignin", "wrong_password", "turn_live", "rate_limited:5000", "unknown"];

const texts: readonly [subject: string, texts: readonly string[]][] = [
	["chat", collect(messages)],
	["account", [...collect(words), ...accountCodes.map((code) => toText({ code, details: {} }))]],
	["routing", collect(routingWords)],
	["usage", collect(usageWords)],
	["admin", collect(adminWords)],
	["context", collect(contextWords)],
	[
		"failures",
		[...Object.values(errorWords), ...Object.values(failureWords)].flatMap(({ text }) =>
			branches.map((details) => text(failure(details))),
		),
	],
];

it("every file that holds words is read here", () => {
	const own = readFileSync(import.meta.filename, "utf8");
	const holders = readdirSync(import.meta.dirname)
		.map((file) => file.replace(/\.ts$/, ""))
		.filter((name) => !/\.test$|^(to-error-words|wording)$/.test(name));
	expect(holders).toContain("context");
	expect(holders.filter((name) => !own.includes(`"./${name}"`))).toEqual([]);
});

describe.each(texts)("the words about %s", (_subject, all) => {
	it("are there", () => expect(all.length).toBeGreaterThan(4));

	it.each(forbidden)("hold nothing that is %s (%s)", (_why, pattern) => {
		expect(all.filter((text) => pattern.test(text))).toEqual([]);
	});
});

describe("the patterns", () => {
	it.each([
		"It begins anew at 00:00.",
		"The model is not called.",
		"It stands in the history.",
		"Not called, by hand",
		"The dearest models are closed.",
		"The answer reached its greatest length",
		"The house pays",
		"92 % of your allowance is used",
		"E-mail",
		"The server does not answer.",
	])("find %j", (text) => {
		expect(forbidden.some(([, pattern]) => pattern.test(text))).toBe(true);
	});
});
