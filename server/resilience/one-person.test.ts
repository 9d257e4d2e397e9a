import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { readState } from "../testing/breakers.ts";
import { startTestParley } from "../testing/parley.ts";

let parley: Awaited<ReturnType<typeof startTestParley>>;
beforeAll(async () => {
	parley = await startTestParley({
		models: { shared: "sim-small", other: "sim-large" },
		fallbacks: { shared: ["other"], other: [] },
	});
});
afterAll(() => parley?.close());
beforeEach(async () => {
	await parley.db.sql`delete from breakers`;
	parley.upstream.reset();
});

type Person = Awaited<ReturnType<typeof parley.signIn>>;
async function ask(person: Person, simulated: string) {
	const text = `[[sim tokens=5,${simulated}]] Hello`;
	const { turnId } = await person.client.chat.send.mutate({ text, model: "shared" });
	const end = (await person.follow({ turnId })).at(-1)?.event;
	if (end?.type !== "turn-end") throw new Error("A followed turn ends.");
	return { status: end.status, modelId: end.receipt.modelId, class: end.receipt.failure?.class };
}

it.each([
	["filter-request", "filtered_request"],
	["filter-response@0", "filtered_response"],
	["empty", "empty_answer"],
])("what depends on a person's text is paid once and closes nothing: %s", async (fault, failureClass) => {
	const [writer, reader] = [await parley.signIn(), await parley.signIn()];
	for (let turn = 0; turn < 6; turn++) expect((await ask(writer, `fault=${fault}`)).class).toBe(failureClass);
	expect(parley.upstream.requests()).toHaveLength(6);
	expect(await readState(parley.db, "sim/sim-small")).toBe("closed");
	expect(await ask(writer, "text=words")).toMatchObject({ status: "complete", modelId: "shared" });
	expect(await ask(reader, "text=words")).toMatchObject({ status: "complete", modelId: "shared" });
});

it.each(["500", "403"])(
	"a %s that only one person's messages get closes nothing for others",
	async (fault) => {
		const [writer, reader] = [await parley.signIn(), await parley.signIn()];
		for (let turn = 0; turn < 6; turn++) await ask(writer, `fault=${fault}`);
		await expect
			.poll(async () => [await readState(parley.db, "sim"), await readState(parley.db, "sim/sim-small")])
			.toContain("open");
		expect(await ask(reader, "text=words")).toMatchObject({ status: "complete", modelId: "shared" });
	},
);
