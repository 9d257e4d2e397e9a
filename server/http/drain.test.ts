import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, it } from "vitest";
import { fetchUntilCut, parseWholeEvents, type WireEvent } from "../testing/event-stream-reader.ts";
import { startTestParley } from "../testing/parley.ts";
import { createHttpServer, type HttpServer } from "./http-server.ts";

let parley: Awaited<ReturnType<typeof startTestParley>>;
let httpServer: HttpServer;
let url: string;
beforeAll(async () => {
	parley = await startTestParley();
	const { services } = parley;
	httpServer = createHttpServer({ logger: services.logger, isDev: false });
	httpServer.open({ services, pages: { answer: async () => undefined, upgrade: async () => undefined } });
	httpServer.setReadiness("ready");
	await new Promise<void>((resolve) => httpServer.server.listen(0, "127.0.0.1", resolve));
	url = `http://127.0.0.1:${(httpServer.server.address() as AddressInfo).port}`;
});
afterAll(() => parley?.close());

const isEvent = (type: string) => (event: WireEvent) => event.type === type;
const getStatus = async (path: string) => (await fetch(`${url}${path}`)).status;

it("ends every stream by itself when the server drains, and no connection before its stream", async () => {
	const person = await parley.signIn();
	const send = (text: string) =>
		person.client.chat.send.mutate({ clientMessageId: crypto.randomUUID(), text });
	/** Rejects when the connection breaks before the answer's own end. */
	const read = async (procedure: string, input: object) => {
		const path = `/api/trpc/${procedure}?input=${encodeURIComponent(JSON.stringify(input))}`;
		return parseWholeEvents(await fetchUntilCut(url + path, { headers: person.headers, bytesMax: Infinity }));
	};
	const short = await Promise.all(Array.from({ length: 10 }, () => send("[[sim tokens=40,itl=20]] Hello")));
	const long = await Promise.all(Array.from({ length: 10 }, () => send("[[sim tokens=4000,itl=20]] Hello")));
	const streams = [...short, ...long].map(({ turnId }) => read("chat.follow", { turnId }));
	const heard = read("events.follow", {});
	await expect.poll(() => getStatus("/api/health/ready"), { timeout: 10_000 }).toBe(200);

	httpServer.setReadiness("draining");
	const drained = parley.services.chat.drain(3_000);
	expect(await getStatus("/api/health/ready")).toBe(503);
	await expect(send("Hello")).rejects.toMatchObject({ data: { parley: { code: "draining" } } });
	const late = read("chat.follow", { turnId: short[0]?.turnId });
	await drained;
	await httpServer.close(5_000);

	const ends = (await Promise.all([late, ...streams])).map((events) => {
		expect(events.at(-1)?.type).toBe("return");
		return JSON.parse(events.findLast(isEvent("message"))?.data ?? "");
	});
	for (const end of ends.slice(0, 11)) expect(end).toMatchObject({ type: "turn-end", status: "complete" });
	for (const end of ends.slice(11))
		expect(end).toMatchObject({ type: "turn-end", status: "interrupted", code: "stream_interrupted" });
	expect((await heard).at(-1)?.type).toBe("return");
	await expect(fetch(`${url}/api/health/live`)).rejects.toThrow();
});
