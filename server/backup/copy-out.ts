import type { Readable } from "node:stream";
import type { Sql } from "postgres";

/**
 * What a query finds, in COPY's text format, as fast as it is taken. The next statement may follow its end, also when nobody
 * wanted the rest.
 */
export async function* copyOut(tx: Sql, query: string): AsyncGenerator<Buffer> {
	const stream: Readable = await tx.unsafe(`copy (${query}) to stdout`).readable();
	try {
		yield* stream.iterator({ destroyOnReturn: false });
	} finally {
		// The server goes on sending until somebody has taken it all; the driver cannot be told to stop it.
		for await (const _ of stream);
		// The driver pauses its socket while nobody takes, and goes on only when more is read: after the last row nobody
		// reads, and the next statement would wait for ever.
		stream._read(0);
	}
}
