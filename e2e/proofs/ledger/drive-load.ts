import { setTimeout as sleep } from "node:timers/promises";
import { mutate, untilAnswered } from "../kit/clients/api-calls.ts";
import { readStats } from "../kit/money/provider-records.ts";
import { say } from "../kit/program.ts";
import { createRandom } from "../kit/random.ts";
import type { StagePerson } from "../kit/stage/accounts.ts";
import type { Stage } from "../kit/stage/stage.ts";
import { waitForQuiet, waitUntil } from "../kit/wait.ts";
import { keepBreakersClosed } from "./keep-breakers-closed.ts";
import type { Options } from "./options.ts";
import { planRequests } from "./planned-requests.ts";
import { type RequestQueue, type RequestRecord, work } from "./request-records.ts";

/** How long a killed process stays down. */
const downMs = 300;

/** All people work off the planned requests while processes are killed; returns when no turn and no call runs any more. */
export async function driveLoad(
	options: Options,
	stage: Stage,
	admin: StagePerson,
): Promise<RequestRecord[]> {
	const { seed, requests, kills, isShort } = options;
	const planned = planRequests(requests, createRandom(`${seed} requests`), isShort);
	const records: RequestRecord[] = [];
	const queue: RequestQueue = { url: stage.balancer.url, records, take: () => planned.pop() ?? null };
	say(`${requests} requests of ${stage.people.length} people`);
	await talkAtLength(stage);
	const progress = setInterval(() => say(`${records.length} of ${requests} requests`), 15_000);
	const people = Promise.all(
		stage.people.map((person, index) => work(person, queue, createRandom(`${seed} person ${index}`))),
	);
	const killing = killInstances(stage, {
		kills,
		isDue: (kill) => records.length >= (kill * requests) / (kills + 1),
	});
	const over = new AbortController();
	const closing = keepBreakersClosed(stage, admin, over.signal);
	await Promise.all([people, killing]).finally(() => {
		clearInterval(progress);
		over.abort();
	});
	say(`the administrator closed ${await closing} circuit breakers`);
	say("waiting for the ends");
	await waitForQuiet(stage);
	await restart(stage);
	await waitForQuiet(stage);
	const isProviderIdle = async () => (await readStats(stage.upstreamUrl)).active === 0;
	if (!(await waitUntil(isProviderIdle, 150_000))) throw new Error("A call of the provider does not end.");
	return records;
}

/** Threads that are long enough to get vectors: a few people say much. */
async function talkAtLength({ people, balancer }: Stage): Promise<void> {
	await Promise.all(
		people.slice(0, 3).map(async ({ headers }, index) => {
			const clientMessageId = crypto.randomUUID();
			const text = `${clientMessageId}${" boats come in one by one".repeat(1_000)} [[sim tokens=${index + 5}]]`;
			const input = { clientMessageId, text, model: "spare" };
			const { code } = await untilAnswered(() => mutate(balancer.url, { path: "chat.send", input, headers }));
			if (code !== null) say(`a long message was refused: ${code}`);
		}),
	);
}

/** Ends what the server still does for itself, as every shutdown does: it is booked before the process ends. */
async function restart({ instances }: Stage): Promise<void> {
	for (const instance of instances) {
		await instance.drain();
		await instance.start();
	}
}

async function killInstances(
	{ instances }: Stage,
	{ kills, isDue }: { readonly kills: number; isDue(kill: number): boolean },
): Promise<void> {
	for (let kill = 1; kill <= kills; kill++) {
		while (!isDue(kill)) await sleep(50);
		const instance = instances[kill % instances.length];
		await instance?.kill();
		await sleep(downMs);
		await instance?.start();
	}
}
