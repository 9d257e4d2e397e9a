import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { startTestParley } from "../testing/parley.ts";

let parley: Awaited<ReturnType<typeof startTestParley>>;
let person: Awaited<ReturnType<typeof parley.signIn>>;
let admin: Awaited<ReturnType<typeof parley.signIn>>;
beforeAll(async () => {
	parley = await startTestParley({
		models: { small: "sim-small", "small-twin": "sim-small-twin", large: "sim-large" },
		tiers: { large: "large" },
	});
	person = await parley.signIn();
	admin = await parley.signIn({ role: "admin" });
});
afterAll(() => parley?.close());

const turnedOff: string[] = [];
const turnOff = async (deployment: string) => {
	await admin.client.admin.breakers.open.mutate({ deployment });
	turnedOff.push(deployment);
};
afterEach(async () => {
	for (const deployment of turnedOff.splice(0))
		await admin.client.admin.breakers.close.mutate({ deployment });
});

async function ask(model: string | undefined, text = "[[sim tokens=3,text=words]] hello") {
	const { turnId } = await person.client.chat.send.mutate({
		clientMessageId: crypto.randomUUID(),
		text,
		model,
	});
	const events = (await person.follow({ turnId })).map(({ event }) => event);
	const end = events.at(-1);
	if (end?.type !== "turn-end") throw new Error("A followed turn ends.");
	const routes = events.flatMap((event) => (event.type === "route-choose" ? [event] : []));
	return {
		end,
		routes,
		called: events.flatMap((event) => (event.type === "attempt-start" ? [event.modelId] : [])),
	};
}
const nameOf = (id: string) => {
	const model = parley.services.models.find(id);
	return `${model?.providerId}/${model?.providerModelId}`;
};

describe("auto", () => {
	it("moves on to the next model at the same provider when the default is turned off, and says so", async () => {
		const first = parley.services.models.default();
		await turnOff(nameOf(first.id));
		const { end, routes, called } = await ask(undefined);
		expect(end.status).toBe("complete");
		expect(routes).toHaveLength(2);
		expect(routes[0]?.modelId).toBe(first.id);
		expect(routes[1]?.modelId).toBe(end.receipt.modelId);
		expect(called).toEqual([end.receipt.modelId]);
		expect(parley.services.models.find(called[0] ?? "")?.providerId).toBe(first.providerId);
	});

	it("is told what is wrong when nothing can be called", async () => {
		await turnOff("sim");
		const { end, called } = await ask(undefined);
		expect(end).toMatchObject({ status: "failed", receipt: { failure: { class: "breaker_open" } } });
		expect(called).toEqual([]);
	});
});

it("a model that a person chose is not replaced by one of another tier", async () => {
	await turnOff(nameOf("small"));
	const { end, routes } = await ask("small");
	expect(end.status).toBe("failed");
	expect(routes.map(({ modelId }) => modelId)).toEqual(["small"]);
});
