import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { afterAll, expect, it } from "vitest";
import { isAppError } from "../contract/errors.ts";
import { startUpstream } from "../simulator/index.ts";
import { startTestParley } from "../testing/parley.ts";

/** Counts as the providers do, by their published encodings, and refuses what is longer than the window, together with the answer's limit. */
const upstream = await startUpstream({ tokenizer: "published", sim: "text=echo,ttft=0" });
const families = ["gpt-5.2", "o3-mini", "gpt-4", "claude-opus-5", "qwen3:8b"] as const;
const windows = [1_500, 4_096, 16_000, 64_000] as const;
const toId = (family: string, window: number) => `${family}/${window}`;
const parley = await startTestParley({
	models: {},
	config: {
		providers: [{ id: "real", kind: "openai-compatible", baseUrl: `${upstream.url}/v1` }],
		models: families.flatMap((family) =>
			windows.map((window) => ({
				id: toId(family, window),
				provider: "real",
				tier: "small",
				fallbacks: [],
				abilities: ["images"],
				providerModelId: `${family}/sim:window=${window}`,
				contextWindow: window,
				maxOutputTokens: 1_000,
			})),
		),
	},
});
afterAll(async () => {
	await parley.close();
	await upstream.close();
});

const repeat = (text: string, characters: number) =>
	text.repeat(Math.ceil(characters / text.length)).slice(0, characters);
const toRandom = (characters: number, unit: () => string) =>
	Array.from({ length: characters }, unit).join("");
const pick = (text: string) => () => text[Math.floor(Math.random() * text.length)] ?? "a";

/** Texts of one kind, so many characters long. */
const kinds: Record<string, (characters: number) => string> = {
	english: (length) =>
		repeat("The keeper wrote that 3,141 letters came in on 24 November; 27 were lost. ", length),
	chinese: (length) => repeat("潮は一日に二度満ちる。因为月球的引力使海面上升。", length),
	"random ideographs": (length) =>
		toRandom(Math.min(length, 4_000), () =>
			String.fromCodePoint(0x4e00 + Math.floor(Math.random() * 20_000)),
		),
	georgian: (length) => repeat("ქართული ენა არის ლამაზი ენა. ગુજરાતી ભાષા ", length),
	emoji: (length) => repeat("👩‍👩‍👧‍👦🏳️‍🌈🇩🇪🦜🧿", length).toWellFormed(),
	code: (length) => repeat("\tif (a !== b) {\r\n\t\treturn [a, b].join(`/`);\r\n\t}\r\n", length),
	base64: (length) =>
		randomBytes(length)
			.toString("base64")
			.slice(0, length)
			.replace(/(.{60})/g, "$1\n"),
	signs: (length) => toRandom(length, pick("!@#$%^&*()_+-=[]{};:,.<>/?|~ ")),
	digits: (length) => toRandom(length, pick("0123456789")),
	"one letter": (length) => repeat("a", Math.min(length, 3_000)),
	blanks: (length) => `${repeat(" ", Math.min(length, 3_000))}x`,
	"combining marks": (length) => repeat("e\u0316\u0353\u0319o\u0334", length),
};

const message = fc.record({
	kind: fc.constantFrom(...Object.keys(kinds)),
	/** Of the window, in characters for its tokens. */
	share: fc.oneof(
		{ weight: 5, arbitrary: fc.double({ min: 0.001, max: 0.4, noNaN: true }) },
		{ weight: 1, arbitrary: fc.double({ min: 1, max: 5, noNaN: true }) },
	),
	images: fc.constantFrom(0, 0, 0, 1, 2),
});
const conversation = fc.record({
	family: fc.constantFrom(...families),
	window: fc.constantFrom(...windows),
	messages: fc.array(message, { minLength: 3, maxLength: 7 }),
});

const image = {
	type: "image",
	mediaType: "image/png",
	source: { type: "inline", base64: Buffer.alloc(60).toString("base64") },
} as const;

it("a provider that counts by its real tokenizer refuses no conversation", async () => {
	const person = await parley.signIn();
	const counts = { answered: 0, tooLong: 0 };
	await fc.assert(
		fc.asyncProperty(conversation, async ({ family, window, messages }) => {
			let place = {};
			for (const { kind, share, images } of messages) {
				const text = (kinds[kind] ?? String)(
					Math.min(190_000, Math.max(1, Math.ceil(share * window))),
				).trimEnd();
				const parts = [{ type: "text", text } as const, ...Array(window > 8_000 ? images : 0).fill(image)];
				try {
					const ids = await person.client.chat.send.mutate({
						clientMessageId: crypto.randomUUID(),
						parts,
						model: toId(family, window),
						...place,
					});
					const last = (await person.follow(ids)).at(-1)?.event;
					expect(last).toMatchObject({ type: "turn-end" });
					// An answer of blanks alone is none; what is too long only by the older encoding is refused before it is sent.
					if (last?.type === "turn-end" && last.status !== "complete")
						expect(["provider_error", "context_too_long"]).toContain(last.code);
					place = { threadId: ids.threadId, parentMessageId: ids.assistantMessageId };
					counts.answered += 1;
				} catch (error) {
					expect(isAppError(error) || String(error)).toMatch(/longer than the model can read/);
					counts.tooLong += 1;
				}
			}
		}),
		{ numRuns: 40, endOnFailure: true },
	);
	const refused = upstream.requests().filter(({ fault }) => fault !== null);
	expect(refused.map(({ model, promptTokens, maxTokens }) => ({ model, promptTokens, maxTokens }))).toEqual(
		[],
	);
	expect(counts.answered).toBeGreaterThan(80);
	expect(counts.tooLong).toBeGreaterThan(0);
}, 300_000);
