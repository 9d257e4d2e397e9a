import { afterAll, beforeEach, describe, expect, it } from "vitest";
import {
	chat,
	pause,
	readAnswer,
	sent,
	sse,
	started,
	startStubProvider,
	wires,
} from "../testing/servers/stub-provider.ts";

const stub = await startStubProvider();
afterAll(stub.close);
beforeEach(() => {
	stub.requests = [];
});

describe("leaving", () => {
	/** An answer that never ends; resolves when its connection is closed. */
	function endless() {
		const closed = Promise.withResolvers<void>();
		stub.answer = async (response) => {
			response.on("close", () => closed.resolve());
			started(response);
			while (!response.destroyed) {
				await sent(response, chat.delta("x"));
				await pause(5);
			}
		};
		return closed.promise;
	}

	it.each(["openai-compatible", "openai"])(
		"by abort rejects with the signal's reason and closes the connection of %s",
		async (id) => {
			const closed = endless();
			const stop = new AbortController();
			const reason = new Error("stopped by a person");
			const parts = stub.open({ id, signal: stop.signal });
			async function* untilFirstWord() {
				for await (const part of parts) {
					yield part;
					if (part.type === "text-delta") stop.abort(reason);
				}
			}
			const { error, text } = await readAnswer(untilFirstWord());
			expect(error).toBe(reason);
			expect(text.length).toBeGreaterThan(0);
			await closed;
		},
	);

	it("by abort while the headers are awaited rejects at once", async () => {
		stub.answer = () => undefined;
		const stop = new AbortController();
		setTimeout(() => stop.abort("no longer"), 40);
		expect((await readAnswer(stub.open({ signal: stop.signal }))).error).toBe("no longer");
	});

	it("before it began never calls the provider", async () => {
		expect((await readAnswer(stub.open({ signal: AbortSignal.abort("early") }))).error).toBe("early");
		expect(stub.requests).toHaveLength(0);
	});

	it.each(["openai-compatible", "openai", "google", "anthropic"] as const)(
		"in mid-answer closes the connection of %s",
		async (id) => {
			const closed = id.startsWith("openai") ? endless() : silentAfter(wires[id].begin);
			for await (const part of stub.open({ id })) if (part.type === "text-delta") break;
			await closed;
		},
	);

	/** An answer that begins and then says nothing more. */
	function silentAfter(begin: string) {
		const closed = Promise.withResolvers<void>();
		stub.answer = async (response) => {
			response.on("close", () => closed.resolve());
			await sent(started(response), begin);
		};
		return closed.promise;
	}

	it("does not leave listeners on the caller's signal", async () => {
		stub.answer = sse(chat.delta("x"), chat.finish());
		const stop = new AbortController();
		let listeners = 0;
		const { addEventListener, removeEventListener } = stop.signal;
		stop.signal.addEventListener = (...args: Parameters<typeof addEventListener>) => {
			listeners += 1;
			addEventListener.apply(stop.signal, args);
		};
		stop.signal.removeEventListener = (...args: Parameters<typeof removeEventListener>) => {
			listeners -= 1;
			removeEventListener.apply(stop.signal, args);
		};
		await readAnswer(stub.open({ signal: stop.signal }));
		expect(listeners).toBe(0);
	});

	it.each(["openai-compatible", "openai", "google", "anthropic"] as const)(
		"after a whole answer keeps the connection of %s for the next one",
		async (id) => {
			stub.answer = sse(wires[id].begin, wires[id].end);
			stub.connections = 0;
			for (let n = 0; n < 5; n += 1) {
				await readAnswer(stub.open({ id }));
				await pause(5);
			}
			expect(stub.connections).toBeLessThanOrEqual(1);
		},
	);
});
