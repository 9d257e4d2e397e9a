import { setTimeout as sleep } from "node:timers/promises";
import * as z from "zod";
import { mutate, query, untilAnswered } from "../../kit/clients/api-calls.ts";
import type { Random } from "../../kit/random.ts";
import type { StagePerson } from "../../kit/stage/accounts.ts";
import type { ClientField } from "./client-field.ts";
import type { Batch } from "./history.ts";
import { createMessage } from "./make-request.ts";

const [itemsMin, itemsMax] = [2, 5];
/** Two turns of each item, a lease in between, and everything once more for a batch that was created during a fault. */
const patienceMs = 180_000;
const pollEveryMs = 1_000;

const created = z.object({ batchId: z.string() });
const polled = z.object({ status: z.string() });
const results = z.object({
	items: z.array(
		z.object({ status: z.string(), turnId: z.string().nullable(), text: z.string().nullable() }),
	),
});

/** A person who has lists of prompts answered in the background, one batch after the other. */
export async function liveByBatches(person: StagePerson, field: ClientField, random: Random): Promise<void> {
	while (field.isOpen()) {
		const batch: Batch = {
			clientBatchId: crypto.randomUUID(),
			texts: Array.from(
				{ length: random.between(itemsMin, itemsMax) },
				() => createMessage(crypto.randomUUID(), random).text,
			),
			batchIds: [],
			problem: null,
			items: [],
		};
		field.history.batches.push(batch);
		await Promise.all([create(batch, person, field), create(batch, person, field)]);
		await follow(batch, person, field);
		await sleep(random.between(0, 1_000));
	}
}

async function create(batch: Batch, person: StagePerson, { balancerUrl }: ClientField): Promise<void> {
	const { clientBatchId, texts } = batch;
	const input = { clientBatchId, items: texts.map((text) => ({ text })) };
	const call = { path: "batch.create", input, headers: person.headers };
	const { data, code } = await untilAnswered(() => mutate(balancerUrl, call));
	const parsed = created.safeParse(data);
	if (parsed.success) batch.batchIds.push(parsed.data.batchId);
	else batch.problem ??= `it was not created: ${code ?? "malformed"}`;
}

/** Waits for the batch's end and reads its results. */
async function follow(batch: Batch, person: StagePerson, { balancerUrl }: ClientField): Promise<void> {
	const [batchId] = batch.batchIds;
	if (batchId === undefined) return;
	const get = (path: string) => query(balancerUrl, { path, input: { batchId }, headers: person.headers });
	const giveUpAtMs = Date.now() + patienceMs;
	while (polled.safeParse((await get("batch.get")).data).data?.status !== "complete") {
		if (Date.now() > giveUpAtMs) {
			batch.problem ??= `it did not end within ${patienceMs / 1_000} s`;
			return;
		}
		await sleep(pollEveryMs);
	}
	const { data, code } = await untilAnswered(() => get("batch.results"));
	const parsed = results.safeParse(data);
	if (parsed.success) batch.items = parsed.data.items;
	else batch.problem ??= `its results could not be read: ${code ?? "malformed"}`;
}
