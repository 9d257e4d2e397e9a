import { and, eq, isNull, ne, notExists } from "drizzle-orm";
import { alias } from "drizzle-orm/pg-core";
import { messages, threads, turns } from "../../drizzle/schema/index.ts";
import type { ThreadId, TurnId, UserId } from "../contract/ids.ts";
import { type MessagePart, parseStoredParts } from "../contract/parts.ts";
import type { DatabaseOrTransaction } from "../db/index.ts";

type Orm = Pick<DatabaseOrTransaction, "orm">;

/** What was asked and answered in the turn that a title is made of. */
export interface TitleSource {
	readonly question: readonly MessagePart[];
	readonly answer: string;
}

/**
 * The question and the answer of a turn, when its thread is to have a title of them: it still has the first words, it is in the list, and the
 * turn's is its first answer that ended complete. Else null.
 */
export async function findTitleSource({ orm }: Orm, turnId: TurnId): Promise<TitleSource | null> {
	const [question, answer, other] = [
		alias(messages, "question"),
		alias(messages, "answer"),
		alias(turns, "other"),
	];
	const hasOther = orm
		.select({ id: other.id })
		.from(other)
		.where(and(eq(other.threadId, turns.threadId), ne(other.id, turns.id), eq(other.status, "complete")));
	const [row] = await orm
		.select({ text: question.text, parts: question.parts, answer: answer.text })
		.from(turns)
		.innerJoin(threads, eq(threads.id, turns.threadId))
		.innerJoin(question, eq(question.id, turns.userMessageId))
		.innerJoin(answer, eq(answer.id, turns.assistantMessageId))
		.where(
			and(
				eq(turns.id, turnId),
				eq(threads.titleSource, "first_words"),
				eq(threads.origin, "chat"),
				isNull(threads.deletedAt),
				notExists(hasOther),
			),
		);
	return row ? { question: parseStoredParts(row.parts, row.text), answer: row.answer } : null;
}

/** Gives a thread the title that a model has made, unless the person has chosen one meanwhile or deleted the thread: then false. */
export async function setModelTitle(
	{ orm }: Orm,
	thread: { readonly userId: UserId; readonly threadId: ThreadId; readonly title: string },
): Promise<boolean> {
	const rows = await orm
		.update(threads)
		.set({ title: thread.title, titleSource: "model" })
		.where(
			and(
				eq(threads.id, thread.threadId),
				eq(threads.userId, thread.userId),
				eq(threads.titleSource, "first_words"),
				isNull(threads.deletedAt),
			),
		)
		.returning({ id: threads.id });
	return rows.length === 1;
}
