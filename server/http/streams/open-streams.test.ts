import { afterAll, beforeAll, expect, it } from "vitest";
import { startTestParley } from "../../testing/parley.ts";

let parley: Awaited<ReturnType<typeof startTestParley>>;
beforeAll(async () => {
	parley = await startTestParley();
});
afterAll(() => parley?.close());

it("one person's streams are bounded, and leave a place when they end; others have places of their own", async () => {
	const [greedy, other] = [await parley.signIn(), await parley.signIn()];
	const open = async ({ headers }: { headers: Record<string, string> }) => {
		const leave = new AbortController();
		const url = `${parley.url}/api/trpc/events.follow?input={}`;
		return { leave, answer: await fetch(url, { headers, signal: leave.signal }) };
	};
	const streams = await Promise.all(Array.from({ length: 220 }, () => open(greedy)));
	const refused = streams.filter(({ answer }) => answer.status !== 200);
	expect(streams.length - refused.length).toBe(200);
	for (const { answer } of refused) {
		expect([answer.status, answer.headers.get("retry-after")]).toEqual([429, "5"]);
		const { error } = await answer.json();
		expect(error.data.parley).toMatchObject({ code: "rate_limited", details: { limit: "open_streams" } });
	}
	expect((await open(other)).answer.status).toBe(200);

	for (const { leave } of streams.slice(0, 20)) leave.abort();
	const isAllowed = async () => {
		const next = await open(greedy);
		next.leave.abort();
		return next.answer.status;
	};
	await expect.poll(isAllowed).toBe(200);
});
