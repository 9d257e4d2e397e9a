import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestParley } from "../testing/parley.ts";

let parley: Awaited<ReturnType<typeof startTestParley>>;
let admin: Awaited<ReturnType<typeof parley.signIn>>;
beforeAll(async () => {
	parley = await startTestParley();
	admin = await parley.signIn({ role: "admin" });
});
afterAll(() => parley?.close());

async function post(path: string, input: object, key?: string, headers = admin.headers) {
	const answer = await fetch(`${parley.url}/api/trpc/${path}`, {
		method: "POST",
		headers: { ...headers, "content-type": "application/json", ...(key && { "idempotency-key": key }) },
		body: JSON.stringify(input),
	});
	const body = await answer.json();
	return { status: answer.status, result: body.result?.data, code: body.error?.data.parley.code };
}

describe("Idempotency-Key", () => {
	it("makes one message of a send that is posted again, and names no message twice", async () => {
		const message = { text: "[[sim tokens=2]] by key" };
		const first = await post("chat.send", message, '"order-1"');
		const again = await Promise.all(Array.from({ length: 5 }, () => post("chat.send", message, "order-1")));
		for (const reply of again) expect(reply).toEqual(first);
		expect(await post("chat.send", { text: "another" }, "order-1")).toMatchObject({
			status: 422,
			code: "idempotency_conflict",
		});
	});

	it("is not needed: without a name every send is another one", async () => {
		const message = { text: "[[sim tokens=1]] nameless" };
		const [one, two] = [await post("chat.send", message), await post("chat.send", message)];
		expect(one.result.turnId).not.toBe(two.result.turnId);
	});

	it("makes one invitation of many requests, and tells none of it to another administrator", async () => {
		const input = { email: "guest@example.com", role: "user" };
		const replies = await Promise.all(
			Array.from({ length: 5 }, () => post("admin.invites.create", input, "invite-1")),
		);
		expect(new Set(replies.map(({ result }) => result.url)).size).toBe(1);
		expect(
			await post("admin.invites.create", { ...input, email: "b@example.com" }, "invite-1"),
		).toMatchObject({
			status: 422,
			code: "idempotency_conflict",
		});
		const other = await parley.signIn({ role: "admin" });
		const theirs = await post("admin.invites.create", input, "invite-1", other.headers);
		expect(theirs.result.url).not.toBe(replies[0]?.result.url);
		expect((await post("admin.invites.create", input)).result.url).not.toBe(replies[0]?.result.url);
	});

	it("makes one reset link of many requests", async () => {
		const { userId } = await parley.signIn();
		const replies = [1, 2, 3].map(() => post("admin.users.resetLink", { userId }, "reset-1"));
		expect(new Set((await Promise.all(replies)).map(({ result }) => result.url)).size).toBe(1);
	});

	it.each(['"', "two words", "é", "x".repeat(129)])("is refused when it reads %j", async (key) => {
		expect(await post("chat.send", { text: "x" }, key)).toMatchObject({
			status: 400,
			code: "invalid_request",
		});
	});
});
