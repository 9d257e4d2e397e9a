import type { Random } from "../../kit/random.ts";
import type { StagePerson } from "../../kit/stage/accounts.ts";
import type { Instance } from "../../kit/stage/instances.ts";
import type { Stage } from "../../kit/stage/stage.ts";
import { waitUntil } from "../../kit/wait.ts";
import type { ClientRequest, Fault, History } from "../clients/history.ts";
import { createRequest, narrowModelId, post, postUntilAnswered } from "../clients/make-request.ts";
import { openReader } from "../clients/read-answer.ts";
import { addFault } from "./add-fault.ts";
import { recover } from "./recover.ts";

/** Added to every statement and every reply, so that a COMMIT is seen here long before its process learns of it. */
const delayMs = 500;
/** How long the state in which a process is killed may take to come about. */
const patienceMs = 20_000;

interface CrashPlay {
	readonly stage: Stage;
	readonly history: History;
	readonly random: Random;
	say(line: string): void;
}

/** Kills processes at two exact moments of a turn; the outcome of both follows from the moment alone. */
export async function playCrashPoints(play: CrashPlay): Promise<void> {
	const { stage } = play;
	const instance = stage.instances.at(-1);
	const [person] = stage.people;
	if (!instance || !person) throw new Error("A crash needs an instance and a person.");
	await crashBeforeCall(instance, person, play);
	await crashInQueue(instance, person, play);
}

/** A process dies between the COMMIT that accepts a message and the call of its model: it never learns that it was accepted. */
async function crashBeforeCall(instance: Instance, person: StagePerson, play: CrashPlay): Promise<void> {
	const { stage, history, random, say } = play;
	const request = createRequest(history, { kind: "send", person, origin: null }, random);
	instance.database.set({ delayMs });
	const posting = post(request, toInstance(instance));
	const isStored = await waitUntil(() => hasTurn(stage, request, "running"), patienceMs, 10);
	const what = `kill -9 of instance ${instance.index} between COMMIT and the call`;
	await killAndRestart(instance, what, play);
	say(`${what}${isStored ? "" : ": the message was not accepted"}`);
	await posting;
	await settle(request, stage, history);
	const retry = createRequest(history, { kind: "regenerate", person, origin: request }, random);
	await settle(retry, stage, history);
	history.crashPoints.push({ kind: "before-call", request, retry });
}

/** A process dies while a turn waits in its queue, behind another turn of the same model. */
async function crashInQueue(instance: Instance, person: StagePerson, play: CrashPlay): Promise<void> {
	const { stage, history, random, say } = play;
	const create = () =>
		createRequest(history, { kind: "send", person, origin: null, model: narrowModelId }, random);
	const [first, second] = [create(), create()];
	await post(first, toInstance(instance));
	await waitUntil(() => hasTurn(stage, first, "running"), patienceMs, 10);
	await post(second, toInstance(instance));
	const isQueued = await waitUntil(() => hasTurn(stage, second, "queued"), patienceMs, 10);
	const what = `kill -9 of instance ${instance.index} while a turn waits in its queue`;
	await killAndRestart(instance, what, play);
	say(`${what}${isQueued ? "" : ": no turn was queued"}`);
	for (const request of [first, second]) await settle(request, stage, history);
	history.crashPoints.push({ kind: "in-queue", request: second, retry: null });
}

const toInstance = ({ url, index }: Instance) => ({
	url,
	via: index,
	threadId: undefined,
	parentMessageId: null,
});

async function hasTurn({ sql }: Stage, { clientMessageId }: ClientRequest, status: string): Promise<boolean> {
	const found = await sql`
		select from turns where client_message_id = ${clientMessageId} and status = ${status}`;
	return found.length > 0;
}

async function killAndRestart(
	instance: Instance,
	what: string,
	{ stage, history }: CrashPlay,
): Promise<void> {
	const fault: Fault = addFault(history, { kind: "kill", what, instance: instance.index, turnIds: [] });
	await instance.kill();
	instance.database.set({ delayMs: 0 });
	fault.toMs = Date.now();
	await instance.start();
	await recover(fault, [instance], stage);
}

/** Posts the request again under its id, as the browser does after a lost reply, and reads its turn to the end. */
async function settle(request: ClientRequest, { balancer }: Stage, history: History): Promise<void> {
	const to = { url: balancer.url, via: null, threadId: undefined, parentMessageId: null };
	await postUntilAnswered(request, to);
	if (!request.ids) return;
	await openReader(
		history,
		{ kind: "main", turnId: request.ids.turnId },
		{ headers: request.person.headers, toUrl: () => ({ url: balancer.url, via: null }) },
	);
}
