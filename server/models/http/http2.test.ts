import { constants, type ServerHttp2Stream } from "node:http2";
import https from "node:https";
import net, { type AddressInfo, type LookupFunction } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, it } from "vitest";
import { toTextMessage } from "../../contract/model-message.ts";
import { makeCertificate } from "../../testing/servers/certificate.ts";
import { startHttp2Provider } from "../../testing/servers/http2-provider.ts";
import { chat, createModelsAt, readAnswer } from "../../testing/servers/stub-provider.ts";
import { createConnectionPool, type PoolLimits } from "./connection-pool.ts";
import { createHttpFetch } from "./http-fetch.ts";
import { createProviderFetch } from "./provider-fetch.ts";

const certificate = makeCertificate();
const closers: (() => unknown)[] = [];
afterEach(async () => {
	for (const close of closers.splice(0)) await close();
});

async function serve(...[answer, options]: Parameters<typeof startHttp2Provider>) {
	const provider = await startHttp2Provider(answer, { ...options, certificate });
	closers.push(provider.close);
	return provider;
}

function createClient(limits: Partial<PoolLimits> = {}, lookup?: LookupFunction) {
	const pool = createConnectionPool({ limits, lookup });
	closers.push(pool.close);
	return { pool, fetch: createHttpFetch(pool) };
}

const post = (signal?: AbortSignal) => ({ method: "POST", body: '{"a":1}', signal });

async function readAll(response: Response): Promise<string> {
	const reader = response.body?.getReader();
	let text = "";
	for (let read = await reader?.read(); read?.value; read = await reader?.read())
		text += Buffer.from(read.value).toString();
	return text;
}

const ok = { ":status": 200, "content-type": "text/event-stream" };

function reply(stream: ServerHttp2Stream, text: string) {
	stream.respond(ok);
	stream.end(text);
}

/** Twenty words, one every 5 ms. */
async function drip(stream: ServerHttp2Stream) {
	stream.respond(ok);
	for (let n = 0; n < 20 && !stream.destroyed; n += 1) {
		stream.write(`${n} `);
		await sleep(5);
	}
	stream.end();
}
const dripped = Array.from({ length: 20 }, (_, n) => `${n} `).join("");

describe.skipIf(!certificate)("a provider that offers HTTP/2", () => {
	it("is called over one connection, whose streams do not disturb one another", async () => {
		const seen = await serve(drip);
		const { fetch } = createClient();
		const texts = await Promise.all(
			Array.from({ length: 30 }, async (_, n) => readAll(await fetch(`${seen.url}/${n}`, post()))),
		);
		expect(texts).toEqual(Array.from({ length: 30 }, () => dripped));
		expect(seen.sessions).toHaveLength(1);
	});

	it("is sent what it would be sent over HTTP/1.1", async () => {
		const asked = Promise.withResolvers<string>();
		const seen = await serve(async (stream) => {
			let body = "";
			for await (const part of stream) body += part;
			asked.resolve(body);
			stream.respond({ ":status": 429, "retry-after": "7" });
			stream.end("slow down");
		});
		const { fetch } = createClient();
		const response = await fetch(`${seen.url}/v1/x?y=1`, post());
		expect([response.status, response.ok, response.headers.get("retry-after")]).toEqual([429, false, "7"]);
		expect(await readAll(response)).toBe("slow down");
		expect(await asked.promise).toBe('{"a":1}');
		expect(seen.paths).toEqual(["/v1/x?y=1"]);
	});

	it("opens a further connection when one is full", async () => {
		const seen = await serve(drip, { streams: 5 });
		const { fetch } = createClient();
		const texts = await Promise.all(
			Array.from({ length: 12 }, async () => readAll(await fetch(seen.url, post()))),
		);
		expect(new Set(texts)).toEqual(new Set([dripped]));
		expect(seen.sessions).toHaveLength(3);
	});

	it.each(["abort", "cancel"] as const)("loses only the call that ends by %s", async (how) => {
		const seen = await serve(drip);
		const { fetch } = createClient();
		const stop = new AbortController();
		const [left, stayed] = await Promise.all([fetch(seen.url, post(stop.signal)), fetch(seen.url, post())]);
		const reader = left.body?.getReader();
		await reader?.read();
		if (how === "abort") {
			stop.abort();
			await expect(reader?.read().then(() => reader.read())).rejects.toThrow();
		} else await reader?.cancel();
		expect(await readAll(stayed)).toBe(dripped);
		expect(seen.reset).toHaveLength(1);
		expect(await readAll(await fetch(seen.url, post()))).toBe(dripped);
		expect(seen.sessions).toHaveLength(1);
	});

	it("that says GOAWAY before the headers fails the call as one that did not connect, and it is not sent again", async () => {
		const seen = await serve((stream, path) => {
			if (path !== "/first") return drip(stream);
			stream.session?.goaway(constants.NGHTTP2_INTERNAL_ERROR, 0);
			stream.session?.destroy();
		});
		const { fetch } = createClient();
		const providerFetch = createProviderFetch(fetch, new WeakMap());
		await expect(providerFetch(`${seen.url}/first`, post())).rejects.toMatchObject({ kind: "connect" });
		expect(await readAll(await providerFetch(`${seen.url}/second`, post()))).toBe(dripped);
		expect(seen.paths).toEqual(["/first", "/second"]);
		expect(seen.sessions).toHaveLength(2);
	});

	it("that says a polite GOAWAY finishes what runs and gets new calls on a new connection", async () => {
		const seen = await serve(drip);
		const { fetch } = createClient();
		const running = await fetch(`${seen.url}/running`, post());
		seen.sessions[0]?.goaway();
		await sleep(20);
		expect(await readAll(await fetch(`${seen.url}/next`, post()))).toBe(dripped);
		expect(await readAll(running)).toBe(dripped);
		expect(seen.sessions).toHaveLength(2);
	});

	it("that resets a stream or breaks the connection in mid-answer breaks its reading", async () => {
		const seen = await serve(async (stream, path) => {
			stream.respond(ok);
			stream.write("half");
			await sleep(20);
			if (path === "/reset") stream.destroy(new Error("broken"));
			else stream.session?.socket.destroy();
		});
		const { fetch } = createClient();
		await expect(fetch(`${seen.url}/reset`, post()).then(readAll)).rejects.toThrow();
		await expect(fetch(`${seen.url}/break`, post()).then(readAll)).rejects.toThrow();
	});

	it("whose name moved is followed when the connection is old, and the old one goes when its answers end", async () => {
		const before = await serve((stream) => reply(stream, "old"));
		const options = { host: "127.0.0.2", port: before.port };
		await serve((stream) => reply(stream, "new"), options);
		let address = "127.0.0.1";
		const lookup: LookupFunction = (_name, { all }, done) =>
			all ? done(null, [{ address, family: 4 }]) : done(null, address, 4);
		const { fetch } = createClient({ lifetimeMs: 200 }, lookup);
		const ask = async () => readAll(await fetch(`https://models.example:${before.port}/`, post()));
		expect(await ask()).toBe("old");
		address = "127.0.0.2";
		expect(await ask()).toBe("old");
		await sleep(220);
		expect(await ask()).toBe("new");
		await expect.poll(() => before.sessions[0]?.destroyed).toBe(true);
	});

	it("whose connection died in silence is left after one call that got no answer", async () => {
		const seen = await serve(drip);
		const sockets: net.Socket[] = [];
		let isSilent = false;
		const relay = net.createServer((socket) => {
			const onward = net.connect(seen.port, "127.0.0.1");
			sockets.push(socket, onward);
			const isOld = !isSilent;
			socket.on("data", (bytes) => (isOld && isSilent ? undefined : onward.write(bytes)));
			onward.on("data", (bytes) => socket.write(bytes));
			for (const one of [socket, onward]) one.on("error", () => undefined);
		});
		await new Promise<void>((resolve) => relay.listen(0, "127.0.0.1", resolve));
		closers.push(() => {
			for (const socket of sockets) socket.destroy();
			relay.close();
		});
		const { fetch } = createClient();
		const url = `https://127.0.0.1:${(relay.address() as AddressInfo).port}`;
		await readAll(await fetch(url, post()));
		isSilent = true;
		await expect(fetch(url, post(AbortSignal.timeout(100)))).rejects.toThrow();
		await sleep(2_100);
		expect(await readAll(await fetch(url, post()))).toBe(dripped);
	});

	it("streams a whole answer through the room, and Stop resets its stream", async () => {
		const seen = await serve(async (stream) => {
			stream.respond(ok);
			for (let n = 0; n < 40 && !stream.destroyed; n += 1) {
				stream.write(chat.delta(`${n} `));
				await sleep(5);
			}
			if (!stream.destroyed) stream.end(chat.finish() + chat.usage(chat.counts) + chat.done);
		});
		const models = await createModelsAt(`${seen.url}/v1`);
		closers.push(models.close);
		for (const id of ["openai-compatible", "openai"]) {
			const stop = new AbortController();
			const model = models.find(id) ?? models.default();
			const call = { model, messages: [toTextMessage("user", "Hi")] as const, maxOutputTokens: 50 };
			const whole = await readAnswer(models.open({ ...call, signal: new AbortController().signal }));
			expect(whole).toMatchObject({ error: null, finish: { finishReason: "stop" } });
			setTimeout(() => stop.abort("stop"), 60);
			expect((await readAnswer(models.open({ ...call, signal: stop.signal }))).error).toBe("stop");
		}
		await expect.poll(() => seen.reset).toHaveLength(2);
		expect(seen.sessions).toHaveLength(1);
	});
});

describe.skipIf(!certificate)("a provider that does not offer HTTP/2", () => {
	it("is called over kept HTTP/1.1 connections, asked once which it speaks", async () => {
		let connections = 0;
		const server = https.createServer({ ...certificate }, (_, response) => response.end("ok"));
		server.on("connection", () => {
			connections += 1;
		});
		await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
		closers.push(() => server.close());
		const { fetch } = createClient();
		const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
		for (let n = 0; n < 10; n += 1) {
			expect(await readAll(await fetch(url, post()))).toBe("ok");
			await sleep(1);
		}
		expect(connections).toBe(2);
	});

	it("and accepts without a handshake holds no caller that aborts", async () => {
		const mute = net.createServer(() => undefined);
		await new Promise<void>((resolve) => mute.listen(0, "127.0.0.1", resolve));
		closers.push(() => mute.close());
		const { fetch } = createClient();
		const startedAt = performance.now();
		const url = `https://127.0.0.1:${(mute.address() as AddressInfo).port}`;
		await expect(fetch(url, post(AbortSignal.timeout(50)))).rejects.toThrow();
		expect(performance.now() - startedAt).toBeLessThan(1_000);
	});
});
