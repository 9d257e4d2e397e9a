import postgres from "postgres";

/** How a turn ended, as the server keeps it. */
export interface StoredEnding {
	readonly status: string;
	readonly code: string;
	/** The class of its failure. */
	readonly failure: string;
	/** Whether the words that had arrived stay. */
	readonly hasText: boolean;
}

/** Gives the last answer of a thread another ending: one that would take minutes to happen. */
export async function storeEnding(
	databaseUrl: string,
	threadId: string,
	ending: StoredEnding,
): Promise<void> {
	const { status, code, failure, hasText } = ending;
	const sql = postgres(databaseUrl, { max: 1, onnotice: () => undefined });
	try {
		const failed = { failure: { class: failure, retryAt: null } };
		const [turn] = await sql<{ messageId: string }[]>`
			update turns set status = ${status}, code = ${code},
				receipt = (receipt::jsonb || ${JSON.stringify(failed)}::text::jsonb)::json
			where id = (select id from turns where thread_id = ${threadId} order by id desc limit 1)
			returning assistant_message_id as "messageId"`;
		if (!turn) throw new Error("This thread has no turn.");
		if (!hasText) await sql`update messages set text = '' where id = ${turn.messageId}`;
	} finally {
		await sql.end();
	}
}
