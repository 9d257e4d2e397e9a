import { randomUUID } from "node:crypto";
import type { Sql } from "postgres";
import type { Actor } from "../../audit/index.ts";
import type { Clock } from "../../kernel/clock.ts";
import type { Notices } from "../../kernel/notices.ts";
import { type BreakerMemory, type BreakerRefusal, createBreakerMemory, type KnownBreaker } from "./memory.ts";
import { createBreakerPoll, pollIntervalMs } from "./poll.ts";
import { type BreakerReporter, createBreakerReporter } from "./reporter.ts";
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
} from "./store.ts";

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
	/** Why no call would be admitted now, as far as memory can tell; null: `admit` decides. Takes no place. */
	findRefusal(deployment: Deployment): BreakerRefusal | null;
	/** From memory while all is well. Never throws: without the database calls are admitted. */
	admit(deployment: Deployment): Promise<Admission | BreakerRefusal>;
	/**
	 * The model answers: at the first content, and again at least every third of a lease while more comes. The call counts as a
	 * success from then on, so that long answers speak for their provider at once; a probe's keeps its place and is judged at its end.
	 */
	noteContent(admission: Admission): void;
	/**
	 * What became of an admitted call at its end; only the first report counts. A failure takes the place of the success that was
	 * seen. An admission that is never reported keeps its place in a half-open breaker until its lease ends.
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

export function createBreakers(input: BreakersInput): Breakers {
	const { sql, notices, clock, rules = breakerRules } = input;
	const memory = createBreakerMemory(clock, rules);
	const reporter = createBreakerReporter({
		...input,
		rules,
		memory,
		announce: (key) => notices.send(topic, key),
	});
	const poll = createBreakerPoll(
		async () => {
			const sentAtMs = clock.elapsed();
			const { states, nowMs } = await readBreakerStates(sql);
			memory.noteClock({ sentAtMs, databaseMs: nowMs });
			for (const state of states) memory.take(state);
			reporter.tellTroubled();
		},
		clock,
		reporter.tellOwed,
	);
	const pass = createPass({ sql, rules, memory, reporter });
	let isEnded = false;
	notices.on(topic, () => void poll.refresh());
	notices.onGap(() => void poll.refresh());

	const order = async (key: string, to: "open" | "closed", by: { by: Actor; reason?: string }) => {
		const isChanged = await setBreaker(sql, { key, to, ...by });
		await poll.refresh();
		if (isChanged) notices.send(topic, key);
		return isChanged;
	};

	const look = ({ providerId, providerModelId }: Deployment) => {
		const provider = memory.get(providerId);
		const model = memory.get(`${providerId}/${providerModelId}`);
		return { provider, model, refusal: memory.refuse(provider) ?? memory.refuse(model) };
	};

	return {
		findRefusal(deployment) {
			poll.wake();
			// Asked before `admit` waits for news, so that it never has to: old news refuses nobody.
			return poll.beFresh() ? null : look(deployment).refusal;
		},
		async admit(deployment) {
			poll.wake();
			const fresh = poll.beFresh();
			if (fresh) await fresh;
			const { provider: knownProvider, model: knownModel, refusal } = look(deployment);
			if (refusal) return refusal;
			const provider = await pass(knownProvider);
			if ("isAdmitted" in provider) return provider;
			const model = await pass(knownModel);
			if (!("isAdmitted" in model)) return { isAdmitted: true, model, provider };
			reporter.release(provider);
			return model;
		},
		noteContent(admission) {
			if (isEnded) return;
			poll.wake();
			reporter.noteContent(admission);
		},
		report(admission, outcome, details) {
			if (isEnded) return;
			poll.wake();
			reporter.report(admission, outcome, details?.retryAfterMs ?? null);
		},
		list: () => listBreakers(sql),
		history: (page) => listBreakerHistory(sql, page),
		open: (key, by) => order(key, "open", by),
		close: (key, by) => order(key, "closed", by),
		async end() {
			isEnded = true;
			await poll.end();
			await reporter.end();
		},
	};
}

/** The pass through one breaker: free, as a probe, or none. Without the database it is free: better a call too many than none. */
function createPass(rooms: {
	readonly sql: Sql;
	readonly rules: BreakerRules;
	readonly memory: BreakerMemory;
	readonly reporter: BreakerReporter;
}) {
	const { sql, rules, memory, reporter } = rooms;
	const unasked = ({ key, epoch }: KnownBreaker): Gate => ({ key, epoch, probeId: null });
	return async (known: KnownBreaker): Promise<Gate | BreakerRefusal> => {
		if (known.state === "closed") return unasked(known);
		const probeId = randomUUID();
		known.asking += 1;
		try {
			const told = await admitProbe(sql, { key: known.key, probeId }, rules);
			reporter.applyReply(told);
			const { key, epoch, state } = told.state;
			if (told.isProbe || state === "closed") return { key, epoch, probeId: told.isProbe ? probeId : null };
			if (state === "half_open") memory.noteRefusal(known);
			return memory.refuse(known) ?? { isAdmitted: false, reason: "open", retryAfterMs: pollIntervalMs };
		} catch {
			return unasked(known);
		} finally {
			known.asking -= 1;
		}
	};
}
