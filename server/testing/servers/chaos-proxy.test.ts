import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type ChaosProxy, startChaosProxy } from "./chaos-proxy.ts";

let echo: Server;
let proxy: ChaosProxy;
/** What the target holds open. */
let accepted: Set<Socket>;
beforeEach(async () => {
	accepted = new Set();
	echo = createServer((socket) => {
		accepted.add(socket);
		socket.once("close", () => accepted.delete(socket)).on("error", () => undefined);
		socket.pipe(socket);
	}).listen(0, "127.0.0.1");
	await once(echo, "listening");
	proxy = await startChaosProxy({
		target: { host: "127.0.0.1", port: (echo.address() as AddressInfo).port },
	});
});
afterEach(async () => {
	await proxy.close();
	for (const socket of accepted) socket.destroy();
	echo.close();
});

/** A connection through the proxy: what it heard, and how it ended. */
async function open() {
	const socket = connect(proxy.port, "127.0.0.1");
	const seen = { text: "", ending: null as string | null };
	socket.on("data", (bytes) => {
		seen.text += bytes.toString();
	});
	socket.on("error", (error: NodeJS.ErrnoException) => {
		seen.ending = error.code ?? "error";
	});
	socket.on("close", () => {
		seen.ending ??= "closed";
	});
	await once(socket, "connect").catch(() => undefined);
	return { socket, seen };
}

describe("the chaos proxy", () => {
	it("passes everything on, in order, and the end after it", async () => {
		const { socket, seen } = await open();
		const text = Array.from({ length: 50_000 }, (_, index) => `${index} `).join("");
		socket.write(text);
		await expect.poll(() => seen.text.length).toBe(text.length);
		expect(seen.text).toBe(text);
		expect(proxy.connections()).toBe(1);
		socket.end();
		await expect.poll(() => seen.ending).toBe("closed");
		await expect.poll(() => accepted.size + proxy.connections()).toBe(0);
	});

	it("is as late as it was set, each way, and keeps the order when that changes", async () => {
		const { socket, seen } = await open();
		proxy.set({ delayMs: 200 });
		const startedAt = performance.now();
		socket.write("slow");
		await expect.poll(() => seen.text).toBe("slow");
		expect(performance.now() - startedAt).toBeGreaterThan(390);
		socket.write("1");
		await new Promise((resolve) => setTimeout(resolve, 20));
		proxy.set({ delayMs: 0 });
		socket.write("2");
		await expect.poll(() => seen.text).toBe("slow12");
	});

	it("lets only so many bytes a second through", async () => {
		const { socket, seen } = await open();
		proxy.set({ bytesPerSecond: 10_000 });
		const startedAt = performance.now();
		socket.write("x".repeat(4_000));
		await expect.poll(() => seen.text.length, { timeout: 5_000 }).toBe(4_000);
		expect(performance.now() - startedAt).toBeGreaterThan(390);
	});

	it("keeps everybody in the dark in a black hole, and delivers what was on its way afterwards", async () => {
		const [stays, leaves] = [await open(), await open()];
		await expect.poll(() => accepted.size).toBe(2);
		proxy.set({ isBlackHole: true });
		stays.socket.write("patience");
		leaves.socket.destroy();
		const late = await open();
		await new Promise((resolve) => setTimeout(resolve, 150));
		expect(stays.seen).toEqual({ text: "", ending: null });
		expect(late.seen).toEqual({ text: "", ending: null });
		expect(accepted.size).toBe(2);
		proxy.set({ isBlackHole: false });
		await expect.poll(() => stays.seen.text).toBe("patience");
		await expect.poll(() => late.seen.ending).toBe("ECONNRESET");
		await expect.poll(() => accepted.size).toBe(1);
	});

	it.each([
		["refuses", { isRefusing: true }, "ECONNRESET"],
		["hangs up on", { isHangingUp: true }, "closed"],
	])("%s new connections only", async (_, way, ending) => {
		const old = await open();
		proxy.set(way);
		const { socket, seen } = await open();
		socket.resume();
		await expect.poll(() => seen.ending).toBe(ending);
		old.socket.write("still here");
		await expect.poll(() => old.seen.text).toBe("still here");
	});

	it("resets every connection on both sides", async () => {
		const { seen } = await open();
		await expect.poll(() => accepted.size).toBe(1);
		proxy.resetAll();
		await expect.poll(() => seen.ending).toBe("ECONNRESET");
		await expect.poll(() => accepted.size + proxy.connections()).toBe(0);
	});

	it("passes on that the target is not there", async () => {
		echo.close();
		const { seen } = await open();
		await expect.poll(() => seen.ending).toBe("ECONNRESET");
	});
});
