import * as fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { followEvents } from "./follow-events";

type Observer = Parameters<Parameters<typeof followEvents<string>>[0]["subscribe"]>[1];

/** A server that behaves as tRPC's link does: to unsubscribe completes the observer at once. */
function createServer() {
	const open: { observer: Observer; from: string | null }[] = [];
	let openMax = 0;
	return {
		open,
		openMax: () => openMax,
		subscribe(from: string | null, observer: Observer) {
			const connection = { observer, from };
			open.push(connection);
			openMax = Math.max(openMax, open.length);
			return {
				unsubscribe() {
					const at = open.indexOf(connection);
					if (at >= 0) open.splice(at, 1);
					observer.onComplete();
				},
			};
		},
	};
}

function follow(isLast: (event: string) => boolean = () => false) {
	const server = createServer();
	const [events, lost, refused] = [[] as string[], [] as number[], [] as string[]];
	const end = followEvents<string>({
		lastEventId: null,
		subscribe: server.subscribe,
		onEvent: (id, event) => {
			events.push(`${id} ${event}`);
			return isLast(event);
		},
		onLost: (attempt) => lost.push(attempt),
		onRefuse: ({ code }) => refused.push(code),
	});
	return { server, events, lost, refused, end };
}

beforeEach(() => {
	vi.useFakeTimers();
	vi.stubGlobal("window", new EventTarget());
});
afterEach(() => {
	vi.useRealTimers();
	vi.unstubAllGlobals();
});

describe("following a stream of events", () => {
	it("has one connection at most, however connections break", () => {
		const step = fc.constantFrom("error", "complete", "connecting", "wait", "data", "online");
		fc.assert(
			fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
				const { server, end } = follow();
				for (const name of steps) {
					const observer = server.open[0]?.observer;
					if (name === "error") observer?.onError(new Error("broken"));
					if (name === "complete") observer?.onComplete();
					if (name === "connecting")
						observer?.onConnectionStateChange({ state: "connecting", error: new Error("broken") });
					if (name === "data") observer?.onData({ id: "1", data: "x" });
					if (name === "online") window.dispatchEvent(new Event("online"));
					if (name === "wait") vi.advanceTimersByTime(20_000);
				}
				vi.advanceTimersByTime(20_000);
				expect(server.openMax()).toBe(1);
				expect(server.open).toHaveLength(1);
				end();
				vi.advanceTimersByTime(60_000);
				expect(server.open).toHaveLength(0);
			}),
		);
	});

	it("continues after the last event that arrived, and counts the tries since then", () => {
		const { server, lost } = follow();
		server.open[0]?.observer.onData({ id: "1.7", data: "x" });
		server.open[0]?.observer.onError(new Error("broken"));
		vi.advanceTimersByTime(20_000);
		expect(server.open[0]?.from).toBe("1.7");
		server.open[0]?.observer.onError(new Error("broken"));
		expect(lost).toEqual([1, 2]);
	});

	it("ends after the last event", () => {
		const { server, events, lost } = follow((event) => event === "turn-end");
		server.open[0]?.observer.onData({ id: "1.1", data: "turn-end" });
		vi.advanceTimersByTime(60_000);
		expect(server.open).toHaveLength(0);
		expect(events).toEqual(["1.1 turn-end"]);
		expect(lost).toEqual([]);
	});
});
