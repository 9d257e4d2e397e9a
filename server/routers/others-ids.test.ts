import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { startTestParley } from "../testing/parley.ts";
import { appRouter } from "./app-router.ts";
import type { ProcedureMeta } from "./trpc.ts";

type Parley = Awaited<ReturnType<typeof startTestParley>>;
type Person = Awaited<ReturnType<Parley["signIn"]>>;

let parley: Parley;
let stranger: Person;
/** Ids of what belongs to another person, who is away. */
let theirs: Awaited<ReturnType<typeof fill>>;
let own: Awaited<ReturnType<typeof fill>>;
beforeAll(async () => {
	parley = await startTestParley();
	const owner = await parley.signIn();
	stranger = await parley.signIn();
	[theirs, own] = [await fill(owner), await fill(stranger)];
});
afterAll(() => parley?.close());

/** A conversation with an answer that was stopped, a batch and a notice. */
async function fill({ client, follow, userId }: Person) {
	const ids = await client.chat.send.mutate({ text: "[[sim tokens=500,itl=20]] a secret of mine" });
	await client.chat.stop.mutate({ turnId: ids.turnId });
	const events = await follow({ turnId: ids.turnId });
	const { batchId } = await client.batch.create.mutate({ items: [{ text: "[[sim tokens=2]] a secret" }] });
	await parley.services.auth.createResetLink({ by: null, userId });
	const noticeId = (await client.account.me.query()).notices[0]?.noticeId ?? "";
	await vi.waitUntil(async () => (await client.batch.get.query({ batchId })).status === "complete", 10_000);
	const { calls } = await client.chat.context.query({ turnId: ids.turnId });
	const callId = calls[0]?.callId ?? "";
	const [{ id: summaryId }] = await parley.db.sql<[{ id: string }]>`
		insert into context_summaries (id, thread_id, through_message_id, text, tokens, source_tokens, model_id)
		values (gen_random_uuid(), ${ids.threadId}, ${ids.userMessageId}, 'A secret.', 3, 10, 'small') returning id`;
	const { keyId } = await client.keys.create.mutate({ name: "mine" });
	return {
		...ids,
		keyId,
		callId,
		summaryId,
		lastEventId: events.at(-1)?.id ?? "",
		batchId,
		noticeId,
		userId,
	};
}

const text = "[[sim tokens=2]] hello";
/** Every call that takes an id, with the id of another person's; also one beside an id of the caller's own. */
const refused: Record<string, (by: Person["client"]) => Promise<unknown>[]> = {
	"chat.send": ({ chat }) => [
		chat.send.mutate({ text, threadId: theirs.threadId }),
		chat.send.mutate({ text, threadId: theirs.threadId, parentMessageId: null }),
		chat.send.mutate({ text, threadId: own.threadId, parentMessageId: theirs.assistantMessageId }),
		chat.send.mutate({ text, threadId: theirs.threadId, parentMessageId: own.assistantMessageId }),
	],
	"chat.complete": ({ chat }) => [
		chat.complete.mutate({ text, threadId: theirs.threadId }),
		chat.complete.mutate({ text, threadId: own.threadId, parentMessageId: theirs.assistantMessageId }),
	],
	"chat.regenerate": ({ chat }) => [chat.regenerate.mutate({ userMessageId: theirs.userMessageId })],
	"chat.continue": ({ chat }) => [chat.continue.mutate({ assistantMessageId: theirs.assistantMessageId })],
	"chat.stop": ({ chat }) => [chat.stop.mutate({ turnId: theirs.turnId })],
	"chat.follow": () => [
		stranger.follow({ turnId: theirs.turnId }),
		stranger.follow({ turnId: theirs.turnId, lastEventId: theirs.lastEventId }),
		stranger.follow({ turnId: theirs.turnId, once: true }),
	],
	"chat.context": ({ chat }) => [chat.context.query({ turnId: theirs.turnId })],
	"chat.sentMessages": ({ chat }) => [
		chat.sentMessages.query({ turnId: theirs.turnId, callId: theirs.callId }),
		chat.sentMessages.query({ turnId: own.turnId, callId: theirs.callId }),
	],
	"threads.get": ({ threads }) => [threads.get.query({ threadId: theirs.threadId })],
	"threads.rename": ({ threads }) => [threads.rename.mutate({ threadId: theirs.threadId, title: "mine" })],
	"threads.setContext": ({ threads }) => [
		threads.setContext.mutate({ threadId: theirs.threadId, strategy: "full", tokensMax: 5_000 }),
	],
	"threads.context": ({ threads }) => [threads.context.query({ threadId: theirs.threadId })],
	"threads.setPin": ({ threads }) =>
		[theirs, own].flatMap(({ threadId }) => [
			threads.setPin.mutate({ threadId, messageId: theirs.userMessageId, isPinned: true }),
			...(threadId === theirs.threadId
				? [threads.setPin.mutate({ threadId, messageId: own.userMessageId, isPinned: true })]
				: []),
		]),
	"threads.delete": ({ threads }) => [threads.delete.mutate({ threadId: theirs.threadId })],
	"threads.deleteMany": ({ threads }) => [threads.deleteMany.mutate({ threadIds: [theirs.threadId] })],
	"threads.restore": ({ threads }) => [threads.restore.mutate({ threadId: theirs.threadId })],
	"threads.selectBranch": ({ threads }) => [
		threads.selectBranch.mutate({ threadId: theirs.threadId, messageId: theirs.assistantMessageId }),
		threads.selectBranch.mutate({ threadId: own.threadId, messageId: theirs.assistantMessageId }),
		threads.selectBranch.mutate({ threadId: theirs.threadId, messageId: own.assistantMessageId }),
	],
	"compaction.estimate": ({ compaction }) => [compaction.estimate.query({ threadId: theirs.threadId })],
	"compaction.preview": ({ compaction }) => [compaction.preview.mutate({ threadId: theirs.threadId })],
	"compaction.confirm": ({ compaction }) => [compaction.confirm.mutate({ summaryId: theirs.summaryId })],
	"compaction.undo": ({ compaction }) => [compaction.undo.mutate({ summaryId: theirs.summaryId })],
	"batch.get": ({ batch }) => [batch.get.query({ batchId: theirs.batchId })],
	"batch.results": ({ batch }) => [batch.results.query({ batchId: theirs.batchId })],
	"batch.cancel": ({ batch }) => [batch.cancel.mutate({ batchId: theirs.batchId })],
	"keys.rotate": ({ keys }) => [keys.rotate.mutate({ keyId: theirs.keyId })],
	"keys.revoke": ({ keys }) => [keys.revoke.mutate({ keyId: theirs.keyId })],
	"usage.turn": ({ usage }) => [usage.turn.query({ turnId: theirs.turnId })],
};
/** Calls that take a place in a list, or end what is there in any case: another person's id has no effect. */
const without = [
	"account.dismissNotice",
	"threads.list",
	"threads.search",
	"batch.list",
	"keys.list",
	"events.follow",
];

/** The fields of an input schema, through its wrappers and steps. */
function listFields(schema: unknown): string[] {
	if (typeof schema !== "object" || schema === null) return [];
	if ("shape" in schema && typeof schema.shape === "object" && schema.shape !== null)
		return Object.entries(schema.shape).flatMap(([name, field]) => [name, ...listFields(field)]);
	if (!("def" in schema) || typeof schema.def !== "object" || schema.def === null) return [];
	const { innerType, in: first, element } = schema.def as Record<string, unknown>;
	return [innerType, first, element].flatMap(listFields);
}

interface Procedure {
	_def: { meta?: ProcedureMeta; inputs: unknown[] };
}
const takesId = (name: string) => /Ids?$|^cursor$/.test(name) && !name.startsWith("client");
const withIds = Object.entries(appRouter._def.procedures as unknown as Record<string, Procedure>)
	.filter(([, { _def }]) => _def.meta?.access !== "admin")
	.filter(([, { _def }]) => _def.inputs.flatMap(listFields).some(takesId))
	.map(([path]) => path);

const codeOf = (call: Promise<unknown>) =>
	call.then(
		() => "ok",
		(error) => error.data?.parley?.code ?? String(error),
	);
const readTheirs = async () => {
	const { sql } = parley.db;
	return [
		await sql`select * from threads where user_id = ${theirs.userId} order by id`,
		await sql`select messages.* from messages join threads on threads.id = thread_id
			where user_id = ${theirs.userId} order by messages.id`,
		await sql`select * from turns where user_id = ${theirs.userId} order by id`,
		await sql`select * from batches where user_id = ${theirs.userId} order by id`,
		await sql`select * from api_keys where user_id = ${theirs.userId} order by id`,
		await sql`select * from account_notices where user_id = ${theirs.userId} order by id`,
	];
};

describe("another person's id", () => {
	it("is tried in every call that takes one", () => {
		expect([...Object.keys(refused), ...without].toSorted()).toEqual(withIds.toSorted());
	});

	it.each(Object.entries(refused))("is not found by %s, and nothing changes", async (_, call) => {
		const before = await readTheirs();
		const codes = await Promise.all(call(stranger.client).map(codeOf));
		expect(codes).toEqual(codes.map(() => "not_found"));
		expect(await readTheirs()).toEqual(before);
	});

	it("has no effect where a list goes on, and ends no notice", async () => {
		const { account, threads, batch } = stranger.client;
		const before = await readTheirs();
		await account.dismissNotice.mutate({ noticeId: theirs.noticeId });
		expect(
			(await batch.list.query({ cursor: theirs.batchId })).batches.map(({ batchId }) => batchId),
		).not.toContain(theirs.batchId);
		const { keys } = await stranger.client.keys.list.query({ cursor: theirs.keyId });
		expect(keys.map(({ keyId }) => keyId)).not.toContain(theirs.keyId);
		const { hits } = await threads.search.query({ query: "secret" });
		const listed = await threads.list.query({});
		for (const found of [hits, listed.threads]) expect(JSON.stringify(found)).not.toContain(theirs.threadId);
		expect(await readTheirs()).toEqual(before);
	});
});
