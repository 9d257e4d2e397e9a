import type { Readable } from "node:stream";
import type { Sql } from "postgres";

/**
 * The rows of a query in COPY's text format, at the reader's pace. The next statement may follow its end, also when the reader
 * stopped early.
 */
export async function* copyOut(tx: Sql, query: string): AsyncGenerator<Buffer> {
	const stream: Readable = await tx.unsafe(`copy (${query}) to stdout`).readable();
	try {
		yield* stream.iterator({ destroyOnReturn: false });
	} finally {
		// The server sends until everything is read, and the driver has no way to stop it.
		for await (const _ of stream);
		// The driver pauses its socket while nothing is read and resumes it only at the next read. After the last row there is
		// none, and the next statement would wait forever.
		stream._read(0);
	}
}
