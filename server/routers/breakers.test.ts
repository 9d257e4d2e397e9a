import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestParley } from "../testing/parley.ts";

let parley: Awaited<ReturnType<typeof startTestParley>>;
let admin: Awaited<ReturnType<typeof parley.signIn>>;
beforeAll(async () => {
	parley = await startTestParley();
	admin = await parley.signIn({ role: "admin" });
});
afterAll(() => parley?.close());

describe("administrators", () => {
	const deployment = "sim/sim-small";

	it("see every model of the catalogue and its provider, closed while nothing happened", async () => {
		const { breakers } = await admin.client.admin.breakers.list.query();
		const small = { name: expect.any(String), tier: "small", prices: expect.anything() };
		for (const name of ["sim", deployment])
			expect(breakers).toContainEqual({
				deployment: name,
				state: "closed",
				isHeld: false,
				isForOnePerson: false,
				openUntil: null,
				throttledUntil: null,
				changedAt: null,
				lastError: null,
				model: name === deployment ? small : null,
			});
	});

	it("open and close one by hand; who, when and why is kept, here and in the audit log", async () => {
		const { open, close, list, history } = admin.client.admin.breakers;
		expect(await open.mutate({ deployment, reason: "too slow" })).toEqual({ isChanged: true });
		expect(await open.mutate({ deployment })).toEqual({ isChanged: false });
		expect(
			await parley.services.breakers.admit({ providerId: "sim", providerModelId: "sim-small" }, "someone"),
		).toMatchObject({
			isAdmitted: false,
		});
		const { breakers } = await list.query();
		expect(breakers.find((one) => one.deployment === deployment)).toMatchObject({
			state: "open",
			isHeld: true,
		});
		const listed = async () =>
			(await admin.client.models.list.query()).models.find(({ id }) => id === "small");
		expect((await listed())?.unavailable).toEqual({ reason: "off", until: null });
		expect(await close.mutate({ deployment })).toEqual({ isChanged: true });
		expect((await listed())?.unavailable).toBeNull();

		const first = await history.query({ deployment, limit: 1 });
		expect(first.changes).toMatchObject([{ to: "closed", cause: "hand", changedBy: admin.userId }]);
		const rest = await history.query({ deployment, cursor: first.nextCursor ?? undefined });
		expect(rest).toMatchObject({ changes: [{ to: "open", reason: "too slow" }], nextCursor: null });
		const { lines } = await admin.client.admin.audit.list.query({});
		expect(
			lines.filter(({ subject }) => subject === `breaker:${deployment}`).map(({ action }) => action),
		).toEqual(["breaker.close", "breaker.open"]);
	});

	it("cannot open what is not there", async () => {
		await expect(
			admin.client.admin.breakers.open.mutate({ deployment: "sim/nothing" }),
		).rejects.toMatchObject({
			data: { parley: { code: "not_found" } },
		});
	});
});
