import type { SourceFault } from "../source-fault.ts";

const house = ["server/house"];

/** Faults of the calls that the server makes for itself: their record, their books, titles and summaries. */
export const houseFaults: readonly SourceFault[] = [
	{
		what: "a process that has lost a call books it as well",
		file: "server/house/calls/book-call.ts",
		search:
			"delete from house_calls where id = ${by.callId} and lease_owner = ${by.owner} returning quota_keys, quota_nano_usd",
		replace: "delete from house_calls where id = ${by.callId} returning quota_keys, quota_nano_usd",
		tests: house,
	},
	{
		what: "a call that was made by a dead process is given up without being booked",
		file: "server/house/calls/book-call.ts",
		search: "if (calledAt === null || prices === null) await releaseCall(sql, row.id, owner);",
		replace: "if (row.id !== null) await releaseCall(sql, row.id, owner);",
		tests: house,
	},
	{
		what: "a model's title replaces the person's",
		file: "server/threads/model-title.ts",
		search: 'eq(threads.userId, thread.userId),\n\t\t\t\teq(threads.titleSource, "first_words"),',
		replace: "eq(threads.userId, thread.userId),",
		tests: house,
	},
	{
		what: "every answer of a thread asks for a title",
		file: "server/threads/model-title.ts",
		search: "notExists(hasOther),",
		replace: "isNull(threads.deletedAt),",
		tests: house,
	},
	{
		what: "a summary forgets the one before",
		file: "server/house/summaries/compact.ts",
		search: "const text = before ? `${before.text}\\n\\n${dated}` : dated;",
		replace: "const text = dated;",
		tests: house,
	},
	{
		what: "a call for vectors is booked without its tokens",
		file: "server/house/vectors/to-embed.ts",
		search: "inputTokens: inputTokens ?? (await countSentTokens(messages, model.providerModelId)),",
		replace: "inputTokens: Math.min(0, await countSentTokens(messages, model.providerModelId)),",
		tests: house,
	},
	{
		what: "vectors of two sizes under one name are compared",
		file: "server/embeddings/embeddings.ts",
		search: "filter(([, vector]) => vector.length === size)",
		replace: "filter(([, vector]) => vector.length !== size || size > 0)",
		tests: ["server/embeddings"],
	},
];
