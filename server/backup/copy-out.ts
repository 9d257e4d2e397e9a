import type { Readable } from "node:stream";
import type { Sql } from "postgres";

/**
 * Reads the rows of a query in COPY's text format, as fast as the caller takes them. The transaction can run its next statement
 * as soon as this generator has ended, also when the caller stops before the last row.
 */
export async function* copyOut(tx: Sql, query: string): AsyncGenerator<Buffer> {
	const stream: Readable = await tx.unsafe(`copy (${query}) to stdout`).readable();
	try {
		yield* stream.iterator({ destroyOnReturn: false });
	} finally {
		// PostgreSQL sends all rows, and postgres.js cannot cancel a COPY: what the caller left is read and dropped.
		for await (const _ of stream);
		// postgres.js pauses its socket while the stream is full, and resumes it when the stream is read. After the last row nothing
		// reads the stream any more, so the answer of the next statement would never arrive: this read resumes the socket.
		stream._read(0);
	}
}
