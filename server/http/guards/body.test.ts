import { request as httpRequest, type IncomingMessage } from "node:http";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestParley } from "../../testing/parley.ts";

/** Bytes of bodies that reached the pages, which read them to their end as next-auth does. */
let readBytes = 0;
let parley: Awaited<ReturnType<typeof startTestParley>>;
beforeAll(async () => {
	parley = await startTestParley({
		answerPage: async (request, response) => {
			for await (const part of request) readBytes += part.length;
			response.end("read");
		},
	});
});
afterAll(() => parley?.close());

const mebibyte = Buffer.alloc(1024 * 1024, "x");

/** Sends pieces until the server refuses or all are gone; how many bytes the connection took, and the answer. */
async function sendChunked(path: string, pieces: number) {
	const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
	const call = httpRequest(`${parley.url}${path}`, { method: "POST", agent: false }, resolve);
	call.on("error", reject);
	let sent = 0;
	for (let piece = 0; piece < pieces && !call.destroyed; piece++) {
		if (call.write(mebibyte)) sent += mebibyte.length;
		else {
			const drained = new Promise((done) => call.once("drain", done));
			const isOver = await Promise.race([
				drained.then(() => false),
				promise.then(
					() => true,
					() => true,
				),
			]);
			if (isOver) break;
			sent += mebibyte.length;
		}
	}
	call.end();
	const response = await promise;
	return { status: response.statusCode, text: await text(response), sent };
}

describe("a body over the cap", () => {
	it.each([
		["/api/auth/callback/credentials", 16 * 1024],
		["/api/auth/csrf", 16 * 1024],
		["/anything", 1024 * 1024],
		["/", 1024 * 1024],
	])("is refused on %s before more than the cap is read, chunked", async (path, bytesMax) => {
		readBytes = 0;
		const { status, text: answer, sent } = await sendChunked(path, 200);
		expect(status).toBe(413);
		expect(JSON.parse(answer)).toMatchObject({ error: { code: "payload_too_large" } });
		expect(readBytes).toBeLessThanOrEqual(bytesMax);
		expect(sent).toBeLessThan(50 * mebibyte.length);
	});

	it("is refused by its declared length, before a byte of it arrives", async () => {
		readBytes = 0;
		const socket = connect(Number(new URL(parley.url).port), "127.0.0.1");
		socket.write(
			"POST /api/auth/callback/credentials HTTP/1.1\r\nhost: localhost\r\ncontent-length: 900000000\r\n\r\n",
		);
		expect(await text(socket)).toMatch(/^HTTP\/1\.1 413 /);
		expect(readBytes).toBe(0);
	});

	it("ends the connection, so that the rest of it is not read as further requests", async () => {
		const socket = connect(Number(new URL(parley.url).port), "127.0.0.1");
		socket.on("error", () => undefined);
		const smuggled = "GET /api/health/live HTTP/1.1\r\nhost: localhost\r\n\r\n";
		socket.write("POST /api/auth/csrf HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\n");
		socket.write(`${(20_000).toString(16)}\r\n${"x".repeat(20_000)}\r\n0\r\n\r\n${smuggled}`);
		const answer = await text(socket).catch(() => "");
		expect(answer.match(/HTTP\/1\.1 \d+/g)).toEqual(["HTTP/1.1 413"]);
	});

	it("is answered with 413 also to a client that sends on and on, in every framing", async () => {
		const { headers } = await parley.signIn();
		const body = Buffer.alloc(8 * 1024 * 1024, "x");
		for (const path of ["/api/trpc/chat.send", "/api/auth/callback/credentials"])
			for (let round = 0; round < 10; round++) {
				const duplex = { body: new Blob([body]).stream(), duplex: "half" } as const;
				const answer = await fetch(`${parley.url}${path}`, {
					method: "POST",
					headers: { ...headers, "content-type": "application/json" },
					...(round % 2 === 0 ? { body } : duplex),
				});
				expect(answer.status).toBe(413);
				await answer.text();
			}
	});

	it("leaves the server up, with bodies up to the cap", async () => {
		readBytes = 0;
		const fits = await fetch(`${parley.url}/api/auth/callback/credentials`, {
			method: "POST",
			body: "x".repeat(16 * 1024),
		});
		expect([fits.status, readBytes]).toEqual([200, 16 * 1024]);
	});
});
