import postgres from "postgres";
import { v7 } from "uuid";

/** A thread of `count` messages in turn, "question n" and "answer n", written into the database behind the product. */
export function insertLongThread(
	databaseUrl: string,
	{ email, count }: { readonly email: string; readonly count: number },
): Promise<string> {
	return insertThread(databaseUrl, {
		email,
		texts: Array.from({ length: count }, (_, index) => toText(index)),
	});
}

/** A thread with these messages, a question first, written into the database behind the product. */
export async function insertThread(
	databaseUrl: string,
	{ email, texts }: { readonly email: string; readonly texts: readonly string[] },
): Promise<string> {
	const count = texts.length;
	const sql = postgres(databaseUrl, { max: 1, onnotice: () => undefined });
	try {
		const threadId = v7();
		const ids = Array.from({ length: count }, () => v7()).toSorted();
		const rows = ids.map((id, index) => ({
			id,
			thread_id: threadId,
			parent_id: ids[index - 1] ?? null,
			role: index % 2 === 0 ? "user" : "assistant",
			text: texts[index] ?? "",
		}));
		await sql.begin(async (tx) => {
			await tx`
				insert into threads (id, user_id, title, active_leaf_id)
				select ${threadId}, id, 'A long chat', ${ids.at(-1) ?? null} from users where email = ${email}`;
			for (let from = 0; from < count; from += 1_000)
				await tx`insert into messages ${tx(rows.slice(from, from + 1_000))}`;
		});
		return threadId;
	} finally {
		await sql.end();
	}
}

/** The id of the message with this text. */
export async function findMessage(databaseUrl: string, threadId: string, text: string): Promise<string> {
	const sql = postgres(databaseUrl, { max: 1, onnotice: () => undefined });
	try {
		const [row] = await sql<{ id: string }[]>`
			select id from messages where thread_id = ${threadId} and text = ${text}`;
		if (!row) throw new Error(`There is no message "${text}".`);
		return row.id;
	} finally {
		await sql.end();
	}
}

/** Of different lengths, with everything that an answer may hold. */
function toText(index: number): string {
	const number = Math.floor(index / 2) + 1;
	if (index % 2 === 0) return `question ${number}`;
	const paragraphs = Array.from({ length: 1 + (number % 4) }, () =>
		"Some **words** and `code` on the matter. ".repeat(6),
	);
	return [`answer ${number}`, ...paragraphs, "- one\n- two", "```ts\nconst a = 1;\n```"].join("\n\n");
}
