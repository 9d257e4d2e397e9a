import { randomUUID } from "node:crypto";
import type { Sql } from "postgres";
import type { Actor } from "../audit/index.ts";
import type { Clock } from "../clock.ts";
import type { Notices } from "../notices.ts";
import { type BreakerRefusal, createBreakerMemory, type KnownBreaker } from "./breaker-memory.ts";
import {
	admitProbe,
	type BreakerChange,
	type BreakerRules,
	breakerRules,
	type ListedBreaker,
	listBreakerHistory,
	listBreakers,
	readBreakerStates,
	setBreaker,
} from "./breaker-store.ts";
import { createBreakerTeller } from "./breaker-teller.ts";
import { withinMs } from "./within.ts";

/** A model at a provider, as the catalogue names it. */
export interface Deployment {
	readonly providerId: string;
	readonly providerModelId: string;
}

/** One breaker that a call passed, and the state in which it did. */
export interface Gate {
	readonly key: string;
	readonly epoch: number;
	/** The leased place in a half-open breaker. */
	readonly probeId: string | null;
}

export interface Admission {
	readonly isAdmitted: true;
	readonly model: Gate;
	/** The provider's key: what it may not do, it may do for no model. */
	readonly provider: Gate;
}

/** As the rule of the failure's class says (`rules`), or a success. */
export type BreakerOutcome = "success" | "failure" | "throttled" | "key" | "ignore";

/** The circuit breakers of all models, shared by all processes on one database. */
export interface Breakers {
	/** From memory while all is well. Never throws: without the database calls are admitted. */
	admit(deployment: Deployment): Promise<Admission | BreakerRefusal>;
	/**
	 * What became of an admitted call, told once; a success as soon as there is content, which a later `failure` or `key`
	 * of the same call adds to. An admission that is never reported keeps its place in a half-open breaker until its lease ends.
	 */
	report(admission: Admission, outcome: BreakerOutcome, details?: { retryAfterMs?: number | null }): void;
	/** Those that ever had something to tell; any other is closed. */
	list(): Promise<ListedBreaker[]>;
	history(page: { key?: string; beforeId?: number; limit: number }): Promise<BreakerChange[]>;
	/** By hand, until it is closed by hand; false when it was so already. `key`: `<provider>/<model>` or `<provider>`. */
	open(key: string, order: { by: Actor; reason?: string }): Promise<boolean>;
	close(key: string, order: { by: Actor; reason?: string }): Promise<boolean>;
	/** Tells what is left to tell. Calls that are reported later are not counted. */
	end(): Promise<void>;
}

export interface BreakersInput {
	readonly sql: Sql;
	readonly notices: Notices;
	readonly clock: Pick<Clock, "elapsed">;
	readonly log: { warn(details: object, message: string): void };
	readonly rules?: BreakerRules;
}

const topic = "breakers";
/** The table is read this often while calls are made: a notice may be lost, and a second is all that may pass. */
const pollIntervalMs = 400;
/** Memory that is older than this is not believed, unless the database is away. */
const staleMs = 900;
const refreshMsMax = 250;
/** Without a call for so long nobody needs to know. */
const idleMs = 30_000;

export function createBreakers(input: BreakersInput): Breakers {
	const { sql, notices, clock, rules = breakerRules } = input;
	const memory = createBreakerMemory(clock, rules);
	const teller = createBreakerTeller({
		...input,
		rules,
		memory,
		announce: (key) => notices.send(topic, key),
	});
	let freshAtMs = Number.NEGATIVE_INFINITY;
	let failedAtMs = Number.NEGATIVE_INFINITY;
	let usedAtMs = Number.NEGATIVE_INFINITY;
	let reading: Promise<void> | null = null;
	let timer: NodeJS.Timeout | null = null;
	let isEnded = false;

	async function read() {
		const startedAtMs = clock.elapsed();
		try {
			const { states, nowMs } = await readBreakerStates(sql);
			memory.noteClock({ sentAtMs: startedAtMs, databaseMs: nowMs });
			for (const state of states) memory.take(state);
			freshAtMs = startedAtMs;
			teller.tellTroubled();
		} catch {
			// Without the database memory stands, and what it does not know is closed.
			failedAtMs = clock.elapsed();
		} finally {
			reading = null;
		}
	}
	function refresh(): Promise<void> {
		reading ??= read();
		return reading;
	}
	/** Polls while calls are made, and rests otherwise. */
	function wake() {
		usedAtMs = clock.elapsed();
		if (timer === null && !isEnded) timer = setTimeout(() => void tick(), pollIntervalMs).unref();
	}
	async function tick() {
		await refresh();
		teller.tellOwed();
		timer = null;
		if (isEnded || clock.elapsed() - usedAtMs > idleMs) return;
		timer = setTimeout(() => void tick(), pollIntervalMs).unref();
	}
	const isStale = () => {
		const nowMs = clock.elapsed();
		return nowMs - freshAtMs > staleMs && nowMs - failedAtMs > pollIntervalMs;
	};

	/** The pass through one breaker: free, as a probe, or none. */
	async function pass(known: KnownBreaker): Promise<Gate | BreakerRefusal> {
		if (known.state === "closed") return { key: known.key, epoch: known.epoch, probeId: null };
		const probeId = randomUUID();
		known.asking += 1;
		try {
			const told = await admitProbe(sql, { key: known.key, probeId }, rules);
			teller.hear(told);
			const { key, epoch, state } = told.state;
			if (told.isProbe || state === "closed") return { key, epoch, probeId: told.isProbe ? probeId : null };
			if (state === "half_open") memory.noteRefusal(known);
			return memory.refuse(known) ?? { isAdmitted: false, reason: "open", retryAfterMs: pollIntervalMs };
		} catch {
			// Nobody can be asked: better a call too many than no answer.
			return { key: known.key, epoch: known.epoch, probeId: null };
		} finally {
			known.asking -= 1;
		}
	}

	notices.on(topic, () => void refresh());
	notices.onGap(() => void refresh());

	const order = async (key: string, to: "open" | "closed", by: { by: Actor; reason?: string }) => {
		const isChanged = await setBreaker(sql, { key, to, ...by });
		await refresh();
		if (isChanged) notices.send(topic, key);
		return isChanged;
	};

	return {
		async admit({ providerId, providerModelId }) {
			wake();
			if (isStale()) await withinMs(refresh(), refreshMsMax);
			const knownProvider = memory.get(providerId);
			const knownModel = memory.get(`${providerId}/${providerModelId}`);
			const refusal = memory.refuse(knownProvider) ?? memory.refuse(knownModel);
			if (refusal) return refusal;
			const provider = await pass(knownProvider);
			if ("isAdmitted" in provider) return provider;
			const model = await pass(knownModel);
			if ("isAdmitted" in model) {
				teller.release(provider);
				return model;
			}
			return { isAdmitted: true, model, provider };
		},
		report(admission, outcome, details) {
			if (isEnded) return;
			wake();
			teller.report(admission, outcome, details?.retryAfterMs ?? null);
		},
		list: () => listBreakers(sql),
		history: (page) => listBreakerHistory(sql, page),
		open: (key, by) => order(key, "open", by),
		close: (key, by) => order(key, "closed", by),
		async end() {
			isEnded = true;
			if (timer) clearTimeout(timer);
			await teller.end();
			await reading;
		},
	};
}
