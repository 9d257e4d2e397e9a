import { afterEach, expect, it, vi } from "vitest";
import type { HighlightAnswer, HighlightRequest } from "./highlight";

afterEach(() => {
	vi.unstubAllGlobals();
	vi.restoreAllMocks();
	vi.resetModules();
});

/** The worker's program in this thread: its one listener, and what it posts. */
async function startWorker() {
	const posted: HighlightAnswer[] = [];
	let listener: ((event: { data: HighlightRequest }) => void) | null = null;
	vi.stubGlobal("addEventListener", (_: string, added: typeof listener) => {
		listener = added;
	});
	vi.stubGlobal("postMessage", (answer: HighlightAnswer) => posted.push(answer));
	await import("./highlight-worker");
	return async (request: HighlightRequest) => {
		listener?.({ data: request });
		await vi.waitFor(() => expect(posted.at(-1)?.id).toBe(request.id), 20_000);
		return posted.at(-1)?.rows ?? null;
	};
}

const code = Array.from(
	{ length: 6 },
	(_, index) => `export const value${index} = call("text ${index}", ${index}); // a note`,
).join("\n");

it("gives the same colours when every look at the clock is ten seconds later than the last", async () => {
	const highlight = await startWorker();
	const usual = await highlight({ id: 1, code, language: "ts" });
	let nowMs = Date.now();
	const later = () => {
		nowMs += 10_000;
		return nowMs;
	};
	vi.spyOn(Date, "now").mockImplementation(later);
	vi.spyOn(performance, "now").mockImplementation(later);
	const slow = await highlight({ id: 2, code: `${code}\n`, language: "ts" });
	expect(usual?.[0]?.some(([kind, text]) => kind === "keyword" && text === "export")).toBe(true);
	expect(slow?.slice(0, 6)).toEqual(usual);
});

it("leaves code of an unknown language as it is", async () => {
	const highlight = await startWorker();
	expect(await highlight({ id: 1, code, language: "no-such-language" })).toBeNull();
});
