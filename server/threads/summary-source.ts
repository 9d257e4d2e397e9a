/** What a summary of a thread is made of. Hand-written SQL: the branch viewed last, with its settings, in one snapshot. */
import type { Sql } from "postgres";
import { countMessageTokens, tokenizer } from "../context/index.ts";
import type { ThreadId, UserId } from "../contract/ids.ts";
import type { ContextStrategy } from "../contract/kinds.ts";
import { parseStoredParts, toPlainText } from "../contract/parts.ts";
import { toBranchRows } from "./branch.ts";
import { toPlanStrategy } from "./read-conversation.ts";

export interface SummarisedThread {
	/** The thread's own choice, else the plan's; null: `auto`. */
	readonly strategy: ContextStrategy | null;
	/** Tokens that a request of the thread may have; null: as many as the model has room for. */
	readonly tokensMax: number | null;
	/** Of the branch viewed last, oldest first, as far back as was asked. */
	readonly messages: readonly {
		readonly id: string;
		readonly role: "user" | "assistant";
		readonly text: string;
		readonly tokens: number;
		/** ISO 8601. */
		readonly createdAt: string;
		readonly isPinned: boolean;
	}[];
}

type Settings = Pick<SummarisedThread, "strategy" | "tokensMax">;

/** How the context of a person's thread is chosen; null for a thread that is not theirs, or is deleted. */
export async function readStrategy(sql: Sql, userId: UserId, threadId: ThreadId): Promise<Settings | null> {
	const [row] = await sql<Settings[]>`
		select coalesce(context_strategy, ${toPlanStrategy(sql, userId)}) as strategy, context_tokens_max as "tokensMax"
		from threads where id = ${threadId} and user_id = ${userId} and deleted_at is null`;
	return row ?? null;
}

interface MessageRow {
	readonly id: string;
	readonly role: "user" | "assistant";
	readonly text: string;
	readonly parts: unknown;
	readonly tokenCount: number | null;
	readonly tokenizer: string | null;
	readonly createdAt: Date;
	readonly isPinned: boolean;
}

/** Null for a thread that is not the person's, or is deleted. */
export async function readSummarisedThread(
	sql: Sql,
	userId: UserId,
	{ threadId, tokensMax }: { threadId: ThreadId; tokensMax: number },
): Promise<SummarisedThread | null> {
	const settings = await readStrategy(sql, userId, threadId);
	if (!settings) return null;
	const leaf = sql`(select active_leaf_id from threads where id = ${threadId})`;
	const rows = await sql<MessageRow[]>`
		with ${toBranchRows(sql, leaf, tokensMax)}
		select branch.id, branch.role, branch.text, branch.parts, branch.token_count as "tokenCount", branch.tokenizer,
			created_at as "createdAt", is_pinned as "isPinned"
		from branch join messages on messages.id = branch.id order by depth desc`;
	const messages: SummarisedThread["messages"][number][] = [];
	for (const row of rows) {
		const { id, role, isPinned, createdAt } = row;
		const parts = parseStoredParts(row.parts, row.text);
		const stored = row.tokenizer === tokenizer ? row.tokenCount : null;
		const tokens = stored ?? (await countMessageTokens(parts));
		messages.push({
			id,
			role,
			isPinned,
			text: toPlainText(parts),
			tokens,
			createdAt: createdAt.toISOString(),
		});
	}
	return { ...settings, messages };
}
