import { createServer, type RequestListener } from "node:http";
import { type AddressInfo, createServer as createMute, type LookupFunction, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, it } from "vitest";
import { createConnectionPool, type PoolLimits } from "./connection-pool.ts";
import { createHttpFetch } from "./http-fetch.ts";
import { keepWarm } from "./keep-warm.ts";

const closers: (() => unknown)[] = [];
afterEach(async () => {
	for (const close of closers.splice(0)) await close();
});

async function serve(options: { host?: string; port?: number; answer?: RequestListener } = {}) {
	const seen = { connections: 0, requests: [] as string[], sockets: new Set<Socket>(), port: 0 };
	const { answer = (_request, response) => response.end("ok") } = options;
	const server = createServer({ keepAliveTimeout: 0 }, (request, response) => {
		seen.requests.push(`${request.method} ${request.url}`);
		answer(request, response);
	}).on("connection", (socket) => {
		seen.connections += 1;
		seen.sockets.add(socket);
		socket.once("close", () => seen.sockets.delete(socket));
	});
	await new Promise<void>((resolve) =>
		server.listen(options.port ?? 0, options.host ?? "127.0.0.1", resolve),
	);
	seen.port = (server.address() as AddressInfo).port;
	closers.push(
		() => server.close(),
		() => server.closeAllConnections(),
	);
	return seen;
}

function createPool(limits: Partial<PoolLimits> = {}, lookup?: LookupFunction) {
	const pool = createConnectionPool({ limits, lookup });
	closers.push(pool.close);
	return { pool, fetch: createHttpFetch(pool) };
}

async function call(fetch: typeof globalThis.fetch, url: string): Promise<string> {
	const response = await fetch(url, { method: "POST", body: "{}" });
	const reader = response.body?.getReader();
	let text = "";
	for (let read = await reader?.read(); read?.value; read = await reader?.read())
		text += Buffer.from(read.value).toString();
	await sleep(1);
	return text;
}

/** The event loop hears nothing meanwhile, as under a long task. */
function block(ms: number) {
	const until = performance.now() + ms;
	while (performance.now() < until);
}

describe("the connections to a provider", () => {
	it("are as many as there are calls at a time, for any number of calls", async () => {
		const seen = await serve();
		const { fetch } = createPool();
		const url = `http://127.0.0.1:${seen.port}/`;
		const worker = async () => {
			for (let n = 0; n < 20; n += 1) await call(fetch, url);
		};
		await Promise.all(Array.from({ length: 10 }, worker));
		expect(seen.requests).toHaveLength(200);
		expect(seen.connections).toBeLessThanOrEqual(10);
	});

	it("are never more than the limit; what is above it waits for one", async () => {
		const seen = await serve({ answer: (_, response) => void setTimeout(() => response.end("ok"), 5) });
		const { fetch } = createPool({ connectionsMax: 3 });
		const answers = await Promise.all(
			Array.from({ length: 12 }, () => call(fetch, `http://127.0.0.1:${seen.port}/`)),
		);
		expect(answers).toEqual(Array.from({ length: 12 }, () => "ok"));
		expect(seen.connections).toBe(3);
	});

	it("of one provider that hangs keep no other provider's calls waiting", async () => {
		const hanging = await serve({ answer: () => undefined });
		const good = await serve();
		const { fetch } = createPool({ connectionsMax: 2 });
		for (let n = 0; n < 5; n += 1) call(fetch, `http://127.0.0.1:${hanging.port}/`).catch(() => undefined);
		expect(await call(fetch, `http://127.0.0.1:${good.port}/`)).toBe("ok");
	});

	it("that grew old are not used again, idle or just freed, so that a moved name is followed", async () => {
		const before = await serve({ answer: (_, response) => response.end("old address") });
		const after = await serve({
			host: "127.0.0.2",
			port: before.port,
			answer: (_, response) => response.end("new address"),
		});
		let address = "127.0.0.1";
		const lookup: LookupFunction = (_name, options, done) =>
			options.all ? done(null, [{ address, family: 4 }]) : done(null, address, 4);
		const { fetch } = createPool({ lifetimeMs: 300, idleMs: 10_000 }, lookup);
		const url = `http://models.example:${before.port}/`;
		expect(await call(fetch, url)).toBe("old address");
		address = "127.0.0.2";
		const movedAtMs = performance.now();
		expect(await call(fetch, url)).toBe("old address");
		while ((await call(fetch, url)) !== "new address") await sleep(10);
		const followedMs = performance.now() - movedAtMs;
		expect(followedMs).toBeLessThan(600);
		expect(before.connections).toBe(1);
		expect(after.connections).toBe(1);
	});

	it("that grew old under a long answer end with it", async () => {
		const seen = await serve({ answer: (_, response) => void setTimeout(() => response.end("late"), 150) });
		const { fetch } = createPool({ lifetimeMs: 100 });
		expect(await call(fetch, `http://127.0.0.1:${seen.port}/`)).toBe("late");
		await expect.poll(() => seen.sockets.size).toBe(0);
	});

	it("end when they were idle for their time", async () => {
		const seen = await serve();
		const { fetch } = createPool({ idleMs: 80 });
		await call(fetch, `http://127.0.0.1:${seen.port}/`);
		expect(seen.sockets.size).toBe(1);
		await expect.poll(() => seen.sockets.size, { timeout: 2_000 }).toBe(0);
	});

	it("that the provider closed while they were idle fail no call, even before their end was read", async () => {
		const seen = await serve();
		const { fetch } = createPool();
		const url = `http://127.0.0.1:${seen.port}/`;
		for (let round = 0; round < 5; round += 1) {
			await call(fetch, url);
			await sleep(110);
			// Both arrive before this process continues; no event has reported them yet.
			for (const socket of seen.sockets) round % 2 ? socket.resetAndDestroy() : socket.destroy();
			block(20);
			expect(await call(fetch, url)).toBe("ok");
		}
	});

	it("that break under a call fail it, and the call is not sent again", async () => {
		let calls = 0;
		const seen = await serve({
			answer: (_request, response) => (calls++ === 0 ? response.end("ok") : response.socket?.destroy()),
		});
		const { fetch } = createPool();
		const url = `http://127.0.0.1:${seen.port}/`;
		await call(fetch, url);
		await expect(call(fetch, url)).rejects.toMatchObject({ cause: { code: "ECONNRESET" } });
		expect(seen.requests).toHaveLength(2);
		expect(seen.connections).toBe(1);
	});

	it("end with the pool", async () => {
		const seen = await serve();
		const { pool, fetch } = createPool();
		await call(fetch, `http://127.0.0.1:${seen.port}/`);
		pool.close();
		await expect.poll(() => seen.sockets.size).toBe(0);
	});
});

describe("keeping warm", () => {
	it("opens one connection to each address without asking a model, and the first call uses it", async () => {
		const seen = await serve();
		const { pool, fetch } = createPool();
		const url = `http://127.0.0.1:${seen.port}`;
		closers.push(keepWarm([`${url}/v1`, `${url}/v2`], { pool, fetch }));
		await expect.poll(() => pool.isWarm(new URL(url), 1_000)).toBe(true);
		await call(fetch, `${url}/v1/chat/completions`);
		expect(seen).toMatchObject({ connections: 1, requests: ["GET /", "POST /v1/chat/completions"] });
	});

	it("leaves nothing behind when it ends, not even a connection that was being opened", async () => {
		const sockets = new Set<Socket>();
		const mute = createMute((socket) => {
			sockets.add(socket);
			socket
				.on("error", () => undefined)
				.on("close", () => sockets.delete(socket))
				.resume();
		});
		await new Promise<void>((resolve) => mute.listen(0, "127.0.0.1", resolve));
		closers.push(() => mute.close());
		const { port } = mute.address() as AddressInfo;
		const { pool, fetch } = createPool();
		const stop = keepWarm([`http://127.0.0.1:${port}`, `https://127.0.0.1:${port}`], { pool, fetch });
		await expect.poll(() => sockets.size).toBe(2);
		stop();
		pool.close();
		await expect.poll(() => sockets.size).toBe(0);
	});

	it("replaces a connection that will not last, and ignores providers that do not answer", async () => {
		const seen = await serve();
		const { pool, fetch } = createPool({ lifetimeMs: 14_000 });
		const url = new URL(`http://127.0.0.1:${seen.port}`);
		await call(fetch, url.href);
		expect(pool.isWarm(url, 1_000)).toBe(true);
		expect(pool.isWarm(url, 15_000)).toBe(false);
		closers.push(keepWarm([url.href, "http://127.0.0.1:9"], { pool, fetch }));
		await expect.poll(() => seen.connections).toBe(2);
		await expect.poll(() => seen.sockets.size).toBe(1);
	});
});

describe("a provider that switches to another protocol unasked", () => {
	it("has not answered, and the call ends at once", async () => {
		const server = createMute((socket) => {
			socket.on("error", () => undefined);
			socket.once("data", () =>
				socket.write("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"),
			);
		});
		await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
		closers.push(() => server.close());
		const { fetch } = createPool();
		const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
		const ended = call(fetch, url).catch((error: unknown) => error);
		expect(await Promise.race([ended, sleep(1_000, "still waiting")])).toMatchObject({
			message: "fetch failed",
			cause: { code: "ECONNRESET" },
		});
	});
});
