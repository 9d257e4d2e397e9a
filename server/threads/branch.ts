import type { Sql } from "postgres";
import type { MessageId } from "../ids.ts";
import type { ModelMessage } from "../turn.ts";

/** Messages that a model could read at most: more never fit a window, and the walk stays short. */
const branchMessagesMax = 2_000;

/** The conversation up to and including a message, root first; answers without a word are left out. */
export async function readBranch(sql: Sql, messageId: MessageId): Promise<ModelMessage[]> {
	const rows = await sql<ModelMessage[]>`
		with recursive branch as (
			select id, parent_id, role, text, 1 as depth from messages where id = ${messageId}
			union all
			select messages.id, messages.parent_id, messages.role, messages.text, depth + 1
			from messages join branch on messages.id = branch.parent_id where depth < ${branchMessagesMax}
		)
		select role, text from branch where text <> '' order by depth desc`;
	return rows;
}
