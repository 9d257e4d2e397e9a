import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { getEventListeners, once } from "node:events";
import { existsSync, readdirSync } from "node:fs";
import type { ServerResponse } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { TurnId } from "../../contract/ids.ts";
import { fetchUntilCut, parseWholeEvents } from "../../testing/event-stream-reader.ts";
import { startTestParley } from "../../testing/parley.ts";
import { createHttpServer } from "../http-server.ts";

const stalledMsMax = 1_500;
/** As long as the batches of a fast model. */
const eventCharacters = 2_000;
const unreadBytesMax = 256 * 1024;

let parley: Awaited<ReturnType<typeof startTestParley>>;
let person: Awaited<ReturnType<typeof parley.signIn>>;
let httpServer: ReturnType<typeof createHttpServer>;
let port: number;
beforeAll(async () => {
	parley = await startTestParley();
	person = await parley.signIn();
	// HttpServer of the test's own, for their shorter patience.
	const { services } = parley;
	httpServer = createHttpServer({ logger: services.logger, isDev: false, stalledMsMax });
	httpServer.open({ services, pages: { answer: async () => undefined, upgrade: async () => undefined } });
	httpServer.setReadiness("ready");
	await new Promise<void>((resolve) => httpServer.server.listen(0, "127.0.0.1", resolve));
	port = (httpServer.server.address() as AddressInfo).port;
});
afterAll(async () => {
	await httpServer.close(1_000);
	await parley.close();
});

const send = (text: string) => person.client.chat.send.mutate({ clientMessageId: crypto.randomUUID(), text });
const toPath = (procedure: string, input: object) =>
	`/api/trpc/${procedure}?input=${encodeURIComponent(JSON.stringify(input))}`;

/** Asks for a stream and reads nothing of it but what node takes by itself. */
function openSocket(path: string): Promise<Socket> {
	const { promise, resolve, reject } = Promise.withResolvers<Socket>();
	const socket = connect(port, "127.0.0.1", () => {
		socket.write(`GET ${path} HTTP/1.1\r\nhost: localhost\r\ncookie: ${person.cookie}\r\n\r\n`);
		resolve(socket);
	}).on("error", reject);
	return promise;
}

const countConnections = () =>
	new Promise<number>((resolve) => httpServer.server.getConnections((_, count) => resolve(count)));

/** What keeps this process busy, by kind, and its open files where the system tells. */
function countResources(): Record<string, number> {
	const kinds = Map.groupBy(process.getActiveResourcesInfo(), (kind) => kind);
	const counts = Object.fromEntries([...kinds].map(([kind, all]) => [kind, all.length]));
	return { ...counts, files: existsSync("/proc/self/fd") ? readdirSync("/proc/self/fd").length : 0 };
}

const readWhole = async (path: string) =>
	parseWholeEvents(
		await fetchUntilCut(`http://127.0.0.1:${port}${path}`, { headers: person.headers, bytesMax: Infinity }),
	);

/** A finished answer whose log holds so many megabytes: more than the buffers of any kernel. */
async function createLongAnswer(megabytes: number): Promise<{ turnId: string; events: number }> {
	const { turnId } = await send("[[sim tokens=3]] Hello");
	await person.follow({ turnId });
	const events = (megabytes * 1_000_000) / eventCharacters;
	await parley.db.sql`delete from turn_events where turn_id = ${turnId} and seq between 2 and 2000000`;
	await parley.db.sql`
		insert into turn_events select ${turnId}::uuid, place, 1, json_build_object('type', 'text-delta', 'text',
			repeat('x', ${eventCharacters}::int)) from generate_series(2, ${events - 1}::int) as place`;
	await parley.db.sql`
		insert into turn_events select ${turnId}::uuid, ${events}, 1, json_build_object('type', 'turn-end', 'status',
			status, 'receipt', receipt) from turns where id = ${turnId}`;
	await parley.db.sql`update turns set last_seq = ${events} where id = ${turnId}`;
	return { turnId, events };
}

/** Watches what waits in this server for each of its readers, until the end of `during`. */
async function findUnreadBytesMax(during: () => Promise<void>): Promise<number> {
	const responses = new Set<ServerResponse>();
	const onRequest = (message: unknown) => {
		const { server, response } = message as { server: object; response: ServerResponse };
		if (server === httpServer.server) responses.add(response);
	};
	let most = 0;
	const sampler = setInterval(() => {
		for (const response of responses) most = Math.max(most, response.writableLength);
	}, 5);
	subscribe("http.server.request.start", onRequest);
	try {
		await during();
	} finally {
		unsubscribe("http.server.request.start", onRequest);
		clearInterval(sampler);
	}
	return most;
}

describe("readers that do not read", () => {
	it("hold 256 KB each at most and are cut, a hundred of them, while others read on", async () => {
		const { turnId, events } = await createLongAnswer(6);
		const path = toPath("chat.follow", { turnId });
		const sockets: Socket[] = [];
		const unread = await findUnreadBytesMax(async () => {
			for (let opened = 0; opened < 100; opened += 50)
				sockets.push(...(await Promise.all(Array.from({ length: 50 }, () => openSocket(path)))));
			for (const seen of await Promise.all([1, 2, 3].map(() => readWhole(path))))
				expect(seen.filter(({ type }) => type === "message")).toHaveLength(events);
			await expect.poll(countConnections, { timeout: 30_000 }).toBe(0);
		});
		expect(unread).toBeGreaterThan(unreadBytesMax / 2);
		expect(unread).toBeLessThan(unreadBytesMax + 2 * eventCharacters);
		for (const socket of sockets) socket.destroy();
	}, 60_000);

	it("are not cut while they take something, however slowly", async () => {
		const { turnId } = await createLongAnswer(6);
		const socket = await openSocket(toPath("chat.follow", { turnId }));
		const endsAt = performance.now() + 3 * stalledMsMax;
		let bytes = 0;
		while (performance.now() < endsAt) {
			bytes += socket.read()?.length ?? 0;
			await sleep(100);
		}
		expect(bytes).toBeLessThan(6_000_000);
		expect(await countConnections()).toBe(1);
		socket.destroy();
	});
});

describe("readers that come and go", () => {
	it("leave no connection, timer or file open, a thousand of them", async () => {
		const live = await send("[[sim tokens=2000,itl=20]] Hello");
		const paths = [toPath("chat.follow", { turnId: live.turnId }), toPath("events.follow", {})];
		const visit = async (count: number) => {
			for (let seen = 0; seen < count; seen += 50) {
				const sockets = await Promise.all(
					Array.from({ length: 50 }, (_, index) => openSocket(paths[index % 2] ?? "")),
				);
				for (const socket of sockets) {
					await once(socket, "readable");
					socket.destroy();
				}
			}
			await expect.poll(countConnections, { timeout: 10_000 }).toBe(0);
		};
		await visit(50);
		const before = countResources();
		await visit(1_000);
		// Timers of the live turn come and go, and so do connections to the database and to the provider: some more are none
		// that a thousand readers left.
		const findMore = () =>
			Object.entries(countResources()).filter(([kind, count]) => count > (before[kind] ?? 0) + 20);
		await expect.poll(findMore, { timeout: 15_000, interval: 20 }).toEqual([]);
		await person.client.chat.stop.mutate({ turnId: live.turnId });
	}, 60_000);

	it("do not gather listeners while they stay", async () => {
		const { auth, chat, viewerEvents } = parley.services;
		const viewer = await auth.authenticate(person.cookie);
		if (!viewer) throw new Error("The test's person is not signed in.");
		const { turnId } = await send("[[sim tokens=60,itl=45]] Hello");
		const leave = new AbortController();
		const counts = async (events: AsyncIterable<unknown>, eventsMax: number) => {
			const seen: number[] = [];
			for await (const _ of events) {
				seen.push(getEventListeners(leave.signal, "abort").length);
				if (seen.length === eventsMax) break;
			}
			return seen;
		};
		const followed = await counts(
			chat.follow(viewer, { turnId: turnId as TurnId, after: null }, leave.signal),
			40,
		);
		expect(followed).toHaveLength(40);
		expect(Math.max(...followed)).toBeLessThanOrEqual(2);
		const heard = counts(viewerEvents.follow({ viewer, lastEventId: null }, leave.signal), 40);
		const change = { type: "thread-change", threadId: crypto.randomUUID(), change: "renamed" } as const;
		const publisher = setInterval(() => viewerEvents.publish(person.userId, change), 20);
		expect(await heard).toHaveLength(40);
		expect(Math.max(...(await heard))).toBeLessThanOrEqual(2);
		clearInterval(publisher);
		expect(getEventListeners(leave.signal, "abort")).toEqual([]);
	}, 30_000);
});
