import { setTimeout as sleep } from "node:timers/promises";
import * as z from "zod";
import { findPort } from "../../../support/child.ts";
import { openStage, type Stage } from "../../kit/stage/stage.ts";
import { waitForQuiet, waitUntil } from "../../kit/wait.ts";
import { ask, toFirstAtMs } from "../ask.ts";
import { listenAtDeadPort } from "./dead-port.ts";
import type { AskedInOutage, BreakerStep, CallInOutage, OutageRecord } from "./figures.ts";

export interface OutageInput {
	readonly folder: string;
	readonly instances: number;
	readonly databaseUrl: string | null;
	readonly isShort: boolean;
	say(line: string): void;
}

/** Milliseconds of healthy load before, of the outage, and messages in a second. */
const forms = {
	short: { leadMs: 4_000, deadMs: 15_000, perSecond: 20 },
	long: { leadMs: 10_000, deadMs: 60_000, perSecond: 50 },
};
/** How long the provider may be back without being called before this gives up. */
const recoveryPatienceMs = 150_000;
/** Load after the recovery, so that it is seen to last. */
const calmMs = 5_000;
/** Above the ports of the instances, and elsewhere for a run that begins at the same time. */
const portMin = 5_000 + (process.pid % 20) * 10;
const peopleCount = 10;

const prices = { inputUsdPerMTok: "0.15", outputUsdPerMTok: "0.60" };
/** Short answers: what is measured is how they begin, and two cores have to play all parts. */
const sim = "sim-small/sim:ttft=100,itl=20,tokens=6,text=words";

/** A provider that will die, and one that answers in its place. */
const toConfig = (mainPort: number) => (upstreamUrl: string) => ({
	providers: [
		{ id: "main", kind: "openai-compatible", baseUrl: `http://127.0.0.1:${mainPort}/v1`, loadSeconds: 0 },
		{ id: "spare", kind: "openai-compatible", baseUrl: `${upstreamUrl}/v1`, loadSeconds: 0 },
	],
	models: ["main", "spare"].map((id) => ({
		id,
		provider: id,
		providerModelId: sim,
		tier: "small",
		prices,
		contextWindow: 32_000,
		maxOutputTokens: 8_192,
		fallbacks: id === "main" ? ["spare"] : [],
	})),
});

/** A provider dies under load and comes back, while all people keep asking for its model. */
export async function playOutage(input: OutageInput, stack: AsyncDisposableStack): Promise<OutageRecord> {
	const { instances, isShort, say } = input;
	const { leadMs, deadMs, perSecond } = forms[isShort ? "short" : "long"];
	const port = await findPort(portMin);
	const stage = await openStage(
		{
			...input,
			people: peopleCount,
			leaseMs: 20_000,
			toConfig: toConfig(port),
			env: { PARLEY_INSTANCES: String(instances) },
		},
		stack,
	);
	const main = await stage.startUpstream(port);
	const load = startLoad(stage, perSecond);
	say(`${perSecond} messages a second, all is well`);
	await sleep(leadMs);
	const inFlight = await countActive(port);
	const diedAtMs = Date.now();
	await main.end("SIGKILL");
	const deadPort = await listenAtDeadPort(port);
	say(`the provider is dead, ${inFlight} calls were under way`);
	await sleep(deadMs);
	await deadPort.close();
	await stage.startUpstream(port);
	const backAtMs = Date.now();
	say(`the provider is back; it was asked ${deadPort.connectionAttempts.length} times`);
	const isBack = await waitUntil(async () => await isClosed(stage), recoveryPatienceMs, 250);
	say(isBack ? "it is called again" : "it is not called again");
	await sleep(calmMs);
	const asked = await load.end();
	await waitForQuiet(stage);
	return {
		asked,
		inFlight,
		diedAtMs,
		backAtMs,
		perSecond,
		connectionAttempts: deadPort.connectionAttempts,
		calls: await readCalls(stage),
		steps: await readSteps(stage),
		outputs: stage.outputs(),
	};
}

/** Messages at an even pace, whatever becomes of those before. */
function startLoad(stage: Stage, perSecond: number) {
	const asked: Promise<AskedInOutage>[] = [];
	const send = (index: number) => {
		const person = stage.people[index % stage.people.length];
		if (person) asked.push(askOnce(stage, person, `Question ${index + 1}: how long is a day?`));
	};
	const startedAt = performance.now();
	const timer = setInterval(() => {
		const due = ((performance.now() - startedAt) / 1_000) * perSecond;
		while (asked.length < due) send(asked.length);
	}, 5);
	return {
		async end(): Promise<AskedInOutage[]> {
			clearInterval(timer);
			return await Promise.all(asked);
		},
	};
}

async function askOnce(stage: Stage, person: Stage["people"][number], text: string): Promise<AskedInOutage> {
	const { askedAtMs, events, problem } = await ask(stage.balancer.url, person, { text, modelId: "main" });
	const end = events.findLast(({ event }) => event.type === "turn-end")?.event;
	const firstAtMs = toFirstAtMs(events);
	return {
		askedAtMs,
		firstMs: firstAtMs === null ? null : firstAtMs - askedAtMs,
		ending: problem ?? (end?.type === "turn-end" ? end.status : "none"),
	};
}

async function countActive(port: number): Promise<number> {
	const answer = await fetch(`http://127.0.0.1:${port}/sim/stats`);
	return z.object({ active: z.number() }).parse(await answer.json()).active;
}

async function isClosed({ sql }: Stage): Promise<boolean> {
	const open = await sql`select from breakers where key like 'main/%' and state <> 'closed'`;
	return open.length === 0;
}

async function readSteps({ sql }: Stage): Promise<BreakerStep[]> {
	return await sql<BreakerStep[]>`
		select to_state as to, (extract(epoch from changed_at) * 1000)::float8 as "atMs"
		from breaker_history where key like 'main/%' order by id`;
}

async function readCalls({ sql }: Stage): Promise<CallInOutage[]> {
	return await sql<CallInOutage[]>`
		select turn_id as "turnId", model_id as "modelId", (extract(epoch from started_at) * 1000)::float8 as "atMs"
		from model_calls where turn_id is not null order by turn_id, attempt`;
}
