import type { Sql } from "postgres";

/** What a query finds, in COPY's text format, as fast as it is taken. The next statement may follow its end. */
export async function* copyOut(tx: Sql, query: string): AsyncGenerator<Buffer> {
	const stream = await tx.unsafe(`copy (${query}) to stdout`).readable();
	yield* stream;
	// The driver pauses its socket while nobody takes, and goes on only when more is read: after the last row nobody
	// reads, and the next statement would wait for ever.
	stream._read(0);
}
