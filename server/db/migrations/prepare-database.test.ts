import { once } from "node:events";
import { type AddressInfo, connect, createServer } from "node:net";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../testing/database.ts";
import { connectDatabase } from "../connection/connect.ts";
import { prepareDatabase } from "./prepare-database.ts";

let db: TestDatabase;
let serverUrl: URL;
const closers: (() => unknown)[] = [];
beforeAll(async () => {
	db = await createTestDatabase();
	serverUrl = new URL(db.directUrl ?? db.url);
	serverUrl.search = "";
});
afterEach(async () => {
	for (const close of closers.splice(0).reverse()) await close();
});
afterAll(() => db.drop());

const patience = { forMs: 300, everyMs: 20 };

/** As PostgreSQL's own: severity, code and message, each ended by a zero. */
function toErrorResponse(code: string, message: string): Buffer {
	const body = Buffer.from(`SFATAL\0VFATAL\0C${code}\0M${message}\0\0`);
	const head = Buffer.alloc(5);
	head.write("E");
	head.writeUInt32BE(body.length + 4, 1);
	return Buffer.concat([head, body]);
}

/** A server that recovers for so long, then passes everything to the real one. */
async function connectToRecovering(recoveryMs: number) {
	const readyAt = performance.now() + recoveryMs;
	const server = createServer((socket) => {
		socket.on("error", () => undefined);
		if (performance.now() < readyAt)
			socket.once("data", () => socket.end(toErrorResponse("57P03", "the database system is starting up")));
		else
			socket
				.pipe(connect(Number(serverUrl.port || 5432), serverUrl.hostname).on("error", () => undefined))
				.pipe(socket);
	}).listen(0, "127.0.0.1");
	await once(server, "listening");
	closers.push(() => server.close());
	return connectTo(String((server.address() as AddressInfo).port));
}

function connectTo(port: string, change: (url: URL) => void = () => undefined) {
	const url = new URL(serverUrl);
	[url.hostname, url.port] = ["127.0.0.1", port];
	change(url);
	const connected = connectDatabase({ url: url.href, poolMax: 2, applicationName: "test" });
	closers.push(connected.close);
	return connected;
}

describe("prepareDatabase", () => {
	it("waits for a server that recovers, longer than for one that is silent, and says so", async () => {
		const words: string[] = [];
		const recovering = await connectToRecovering(4 * patience.forMs);
		expect(await prepareDatabase(recovering, (line) => words.push(line), patience)).toMatchObject({
			applied: 0,
		});
		expect(words).toEqual([expect.stringMatching(/^PostgreSQL at 127.0.0.1:\d+ is starting up: waiting/)]);
	});

	it("gives up on a server that is not there, once its patience is over", async () => {
		const startedAt = performance.now();
		const waiting = prepareDatabase(connectTo("1"), () => undefined, patience);
		await expect(waiting).rejects.toThrow(/does not answer \(ECONNREFUSED\)/);
		expect(performance.now() - startedAt).toBeGreaterThan(patience.forMs);
	});

	it("does not wait for what waiting does not change", async () => {
		const startedAt = performance.now();
		const nowhere = connectTo(serverUrl.port, (url) => (url.pathname = "/nowhere"));
		const long = { forMs: 60_000, everyMs: 20 };
		await expect(prepareDatabase(nowhere, () => undefined, long)).rejects.toThrow(/no database "nowhere"/);
		expect(performance.now() - startedAt).toBeLessThan(20_000);
	});
});
