import { createHash, randomUUID } from "node:crypto";
import type { Sql } from "postgres";
import type { Actor } from "../../audit/index.ts";
import type { Clock } from "../../kernel/clock.ts";
import type { Notices } from "../../kernel/notices.ts";
import type { FailureClass } from "../failures/rules.ts";
import { type BreakerCache, type BreakerRefusal, type CachedBreaker, createBreakerCache } from "./cache.ts";
import { createBreakerPoll } from "./poll.ts";
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

/** A model at a provider, by the ids of the catalogue. */
export interface Deployment {
	readonly providerId: string;
	readonly providerModelId: string;
}

/** One breaker that admitted a call, and the epoch in which it did. */
export interface BreakerGrant {
	readonly key: string;
	readonly epoch: number;
	/** Who makes the call, see `toPersonId`. */
	readonly person: number;
	/** The leased place in a half-open breaker; null in a closed one. */
	readonly probeId: string | null;
}

export interface Admission {
	readonly isAdmitted: true;
	readonly model: BreakerGrant;
	/** The breaker of the provider's key, which covers all models of the provider. */
	readonly provider: BreakerGrant;
}

/** The breaker column of `rules`, or a success. */
export type BreakerOutcome = "success" | "failure" | "throttled" | "key" | "ignore";

/** What is known of a call beside its outcome. */
export interface ReportDetails {
	/** The wait that the provider asked for. */
	readonly retryAfterMs?: number | null;
	/** How it failed. */
	readonly failureClass?: FailureClass | undefined;
}

/** The circuit breakers of all models, shared by all processes on one database. */
export interface Breakers {
	/** The refusal that the cache knows of; null: `admit` decides. Takes no probe's place and never waits. */
	findRefusal(deployment: Deployment, userId: string): BreakerRefusal | null;
	/** Decides from the cache while the breakers are closed. Never throws: without the database calls are admitted. */
	admit(deployment: Deployment, userId: string): Promise<Admission | BreakerRefusal>;
	/**
	 * The model sends content: call it at the first piece, and at least every third of a probe's lease while more arrives. Counts the
	 * call as a success at once, so that a long answer is evidence before its end. A probe keeps its place and is judged at its end.
	 */
	noteContent(admission: Admission): void;
	/**
	 * The result of an admitted call at its end; only the first report counts. A failure replaces the success that `noteContent`
	 * counted. A probe that is never reported keeps its place until its lease expires.
	 */
	report(admission: Admission, outcome: BreakerOutcome, details?: ReportDetails): void;
	/** The breakers that have a row; any other is closed. */
	list(): Promise<ListedBreaker[]>;
	history(page: { key?: string; beforeId?: number; limit: number }): Promise<BreakerChange[]>;
	/** Opens manually, until it is closed manually. False when it was open manually already. `key`: `<provider>/<model>` or `<provider>`. */
	open(key: string, order: { by: Actor; reason?: string }): Promise<boolean>;
	close(key: string, order: { by: Actor; reason?: string }): Promise<boolean>;
	/** Sends the failures that are still pending. Results reported after this are dropped. */
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
	const cache = createBreakerCache(clock, rules);
	const notify = (key: string) => notices.send(topic, key);
	const reporter = createBreakerReporter({ ...input, rules, cache, notify });
	const poll = createBreakerPoll(
		async () => {
			const sentAtMs = clock.elapsed();
			const { states, nowMs } = await readBreakerStates(sql);
			cache.noteClock({ sentAtMs, databaseMs: nowMs });
			for (const state of states) cache.update(state);
			reporter.flushTroubled();
		},
		clock,
		reporter.resendFailed,
	);
	const pass = createPass({ sql, rules, cache, reporter });
	let isEnded = false;
	notices.on(topic, () => void poll.refresh());
	notices.onGap(() => void poll.refresh());

	const setManually = async (key: string, to: "open" | "closed", by: { by: Actor; reason?: string }) => {
		const isChanged = await setBreaker(sql, { key, to, ...by });
		await poll.refresh();
		if (isChanged) notify(key);
		return isChanged;
	};

	const find = ({ providerId, providerModelId }: Deployment, person: number) => {
		const provider = cache.get(providerId);
		const model = cache.get(`${providerId}/${providerModelId}`);
		const refusal = cache.findRefusal(provider, person) ?? cache.findRefusal(model, person);
		return { provider, model, refusal };
	};

	return {
		findRefusal(deployment, userId) {
			poll.wake();
			// A stale cache refuses nothing here; the refresh that this starts is done before `admit` needs it.
			return poll.beFresh() ? null : find(deployment, toPersonId(userId)).refusal;
		},
		async admit(deployment, userId) {
			const person = toPersonId(userId);
			poll.wake();
			const fresh = poll.beFresh();
			if (fresh) await fresh;
			const { provider: cachedProvider, model: cachedModel, refusal } = find(deployment, person);
			if (refusal) return refusal;
			const provider = await pass(cachedProvider, person);
			if ("isAdmitted" in provider) return provider;
			const model = await pass(cachedModel, person);
			if (!("isAdmitted" in model)) return { isAdmitted: true, model, provider };
			reporter.release(provider);
			return model;
		},
		noteContent(admission) {
			if (isEnded) return;
			poll.wake();
			reporter.noteContent(admission);
		},
		report(admission, outcome, details = {}) {
			if (isEnded) return;
			poll.wake();
			reporter.report(admission, outcome, details);
		},
		list: () => listBreakers(sql),
		history: (page) => listBreakerHistory(sql, page),
		open: (key, by) => setManually(key, "open", by),
		close: (key, by) => setManually(key, "closed", by),
		async end() {
			isEnded = true;
			await poll.end();
			await reporter.end();
		},
	};
}

/**
 * Asks one breaker to admit a call: freely while it is closed, as a probe, or not at all. Without the database it admits, because
 * one call too many costs less than none.
 */
function createPass(deps: {
	readonly sql: Sql;
	readonly rules: BreakerRules;
	readonly cache: BreakerCache;
	readonly reporter: BreakerReporter;
}) {
	const { sql, rules, cache, reporter } = deps;
	return async (breaker: CachedBreaker, person: number): Promise<BreakerGrant | BreakerRefusal> => {
		const toFree = (): BreakerGrant => ({
			key: breaker.key,
			epoch: breaker.epoch,
			person,
			probeId: null,
		});
		if (breaker.state === "closed") return toFree();
		const probeId = randomUUID();
		breaker.probesRequested += 1;
		try {
			const reply = await admitProbe(sql, { key: breaker.key, probeId, person }, rules);
			reporter.applyReply(reply);
			const { key, epoch, state } = reply.state;
			if (reply.isProbe || state === "closed")
				return { key, epoch, person, probeId: reply.isProbe ? probeId : null };
			if (state === "half_open") cache.noteRefusal(breaker);
			return (
				cache.findRefusal(breaker, person) ?? {
					isAdmitted: false,
					reason: "open",
					retryAfterMs: null,
				}
			);
		} catch {
			return toFree();
		} finally {
			breaker.probesRequested -= 1;
		}
	};
}

/** A person in 32 bits, in which breakers tell people apart: no user's id is stored with them. */
const toPersonId = (userId: string): number => createHash("sha256").update(userId).digest().readInt32BE();
