import { afterAll, beforeAll, expect, it } from "vitest";
import { tokenizer } from "../context/index.ts";
import { createId, type MessageId, type ThreadId, type UserId } from "../contract/ids.ts";
import { type MessagePart, toPlainText, toStoredParts } from "../contract/parts.ts";
import { createTestDatabase, type TestDatabase } from "../testing/database.ts";
import { countBranch, readBranch, toBranchTokens } from "./branch.ts";

const userId = createId<UserId>();
const tokensMax = 1_000_000;
let db: TestDatabase;
beforeAll(async () => {
	db = await createTestDatabase();
	await db.sql`insert into users (id, email, name, role) values (${userId}, 'bo@example.com', 'Bo', 'user')`;
});
afterAll(() => db?.drop());

interface Stored {
	readonly text: string;
	readonly parts: unknown;
}

/** One message that another version of the tokenizer has counted: as its bytes bound it, and as it is counted, quoted and read after that. */
async function measure({ text, parts }: Stored) {
	const [threadId, messageId] = [createId<ThreadId>(), createId<MessageId>()];
	await db.sql`
		insert into threads (id, user_id, title, active_leaf_id) values (${threadId}, ${userId}, 'One', ${messageId})`;
	await db.sql`
		insert into messages (id, thread_id, role, text, parts, token_count, tokenizer) values
			(${messageId}, ${threadId}, 'user', ${text}, ${parts === null ? null : JSON.stringify(parts)}::text::jsonb, 1, 'older-1')`;
	const [bound] = await db.sql<[{ all_tokens: number; last_tokens: number }]>`
		${toBranchTokens(db.sql, userId, { from: { messageId }, tokensMax })}`;
	const [message] = await readBranch(db.sql, messageId, tokensMax);
	expect(bound).toMatchObject({ last_tokens: bound.all_tokens, uncounted: 1 });
	await countBranch(db.sql, userId, { from: { threadId }, tokensMax });
	const [quote] = await db.sql<[{ all_tokens: number }]>`
		${toBranchTokens(db.sql, userId, { from: { messageId }, tokensMax })}`;
	expect(quote).toMatchObject({ all_tokens: message?.tokens, uncounted: 0 });
	return { bound: bound.all_tokens, counted: message?.tokens ?? 0 };
}

const inline = (bytes: number) =>
	({ type: "inline", base64: Buffer.alloc(bytes, 7).toString("base64") }) as const;
const text = (value: string): MessagePart => ({ type: "text", text: value });
const image: MessagePart = { type: "image", mediaType: "image/png", source: inline(100_000) };
const file: MessagePart = { type: "file", name: "a.md", mediaType: "text/markdown", source: inline(9_000) };
const toolParts: MessagePart[] = [
	{ type: "tool-call", callId: "1", toolName: "search", input: { query: "雨".repeat(400), page: [1, 2] } },
	{ type: "tool-result", callId: "1", toolName: "search", output: '\n\t\u0001"'.repeat(500) },
];
const toStored = (...parts: MessagePart[]): Stored => ({
	text: toPlainText(parts),
	parts: toStoredParts(parts),
});

it.each<[what: string, stored: Stored]>([
	["words", toStored(text("The tide comes in twice a day. ".repeat(50)))],
	["characters outside of Latin", toStored(text("潮は一日に二度満ちる。🌊".repeat(50)))],
	["32 short texts", toStored(...Array.from({ length: 32 }, () => text("潮")))],
	["images", toStored(text("Compare."), image, image, image)],
	["random letters", toStored(text(inline(5_000).base64))],
	["combining marks", toStored(text("e\u0316\u0353\u0319".repeat(300)))],
	["an image alone", toStored(image)],
	["a file", toStored(file)],
	["calls of tools", toStored(...toolParts)],
	["a form that a newer version wrote", { text: "Hello", parts: { version: 2, body: ["Hello"] } }],
	["parts that are none", { text: "Hello", parts: "broken" }],
])(
	"a message that is not counted yet is bounded by no less than its count, then counted: %s",
	async (_, stored) => {
		const { bound, counted } = await measure(stored);
		expect(counted).toBeGreaterThan(4);
		expect(bound).toBeGreaterThanOrEqual(counted);
	},
);

it("an image is bounded as an image, not by its bytes", async () => {
	const { bound, counted } = await measure(toStored(image));
	expect(bound).toBeLessThanOrEqual(counted + 1);
});

it("what a model thought is not sent, so it costs nothing to go on from it", async () => {
	const thoughts: MessagePart = { type: "reasoning", text: "Hm. ".repeat(5_000) };
	expect((await measure(toStored(thoughts, text("Because.")))).bound).toBeLessThan(20);
});

it("a count of the current tokenizer is taken as it is", async () => {
	await measure(toStored(text("One")));
	await db.sql`update messages set tokenizer = ${tokenizer}, token_count = 77`;
	const [row] = await db.sql<[{ id: MessageId }]>`select id from messages limit 1`;
	const [bound] = await db.sql`${toBranchTokens(db.sql, userId, { from: { messageId: row.id }, tokensMax })}`;
	expect(bound?.all_tokens).toBe(77);
});
