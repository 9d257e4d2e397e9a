import type { Readable } from "node:stream";
import { createBrotliDecompress, createInflate, createUnzip } from "node:zlib";

/** When more bytes than this wait for the reader, the provider's stream is paused. */
const bufferBytesMax = 256 * 1024;

/** Decompresses a body. Requests ask for identity, but some gateways compress all the same. */
export function toDecoded(message: Readable, encoding: string | undefined): Readable {
	const decoder = toDecoder(encoding);
	if (!decoder) return message;
	message.on("error", (error) => decoder.destroy(error));
	decoder.on("close", () => message.destroy());
	return message.pipe(decoder);
}

function toDecoder(encoding: string | undefined) {
	switch (encoding?.trim().toLowerCase()) {
		case "gzip":
		case "x-gzip":
			return createUnzip();
		case "deflate":
			return createInflate();
		case "br":
			return createBrotliDecompress();
		default:
			return null;
	}
}

/** The methods of a body's reader that this room uses. */
export type ByteReader = Pick<ReadableStreamDefaultReader<Uint8Array>, "read" | "cancel" | "releaseLock">;

type ReadResult = Awaited<ReturnType<ByteReader["read"]>>;

/** For streams whose `destroy` and `end` event do not mean the end of one response. */
interface BodyEnd {
	/** Stops reading before the end. */
	leave?(): void;
	/** Called at the end: false when the stream broke. */
	isWhole?(): boolean;
}

/** Everything that arrived since the last read is one chunk, so a busy process reads fewer and larger chunks. */
export function toReader(
	stream: Readable,
	{ leave = () => void stream.destroy(), isWhole = () => true }: BodyEnd = {},
): ByteReader {
	let waiting: PromiseWithResolvers<ReadResult> | null = null;
	let chunks: Buffer[] = [];
	let bytes = 0;
	let end: ReadResult | Error | null = null;
	const settle = () => {
		const reader = waiting;
		if (!reader) return;
		if (bytes > 0) {
			waiting = null;
			const value = chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks);
			chunks = [];
			bytes = 0;
			stream.resume();
			// As: Node's types say ArrayBufferLike; a chunk of a socket or of zlib never lies in shared memory.
			reader.resolve({ done: false, value: value as Uint8Array<ArrayBuffer> });
		} else if (end) {
			waiting = null;
			if (end instanceof Error) reader.reject(end);
			else reader.resolve(end);
		}
	};
	const finish = (result: ReadResult | Error) => {
		end ??= result;
		settle();
	};
	stream.on("data", (chunk: Buffer) => {
		chunks.push(chunk);
		bytes += chunk.byteLength;
		if (bytes > bufferBytesMax) stream.pause();
		settle();
	});
	stream.on("end", () => isWhole() && finish({ done: true, value: undefined }));
	stream.on("error", (error) => finish(error));
	stream.on("close", () => finish(new Error("The connection was closed.")));
	return {
		read() {
			waiting = Promise.withResolvers();
			const { promise } = waiting;
			settle();
			return promise;
		},
		async cancel() {
			leave();
		},
		releaseLock: () => undefined,
	};
}

type ResponseHead = Pick<Response, "status" | "statusText" | "headers">;

/** A response whose body is this reader: nothing in this room uses more of a body. */
export function toResponse(head: ResponseHead, reader: ByteReader): Response {
	const { status, statusText, headers } = head;
	const body = { getReader: () => reader };
	// As: a Response cannot be built around a plain reader without a web stream in between.
	return { ok: status >= 200 && status < 300, status, statusText, headers, body } as unknown as Response;
}
