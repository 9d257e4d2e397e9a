import { isAppError } from "../contract/errors.ts";
import type { Admission, Breakers, Deployment } from "./breakers/breakers.ts";
import type { BreakerRefusal } from "./breakers/memory.ts";
import { breakerRules } from "./breakers/store.ts";
import { type Failure, toFailure } from "./classify.ts";
import type { Queue, QueueRequest, Slot } from "./queue/queue.ts";
import { rules } from "./rules.ts";

/** A probe's lease lives through one pause between two pieces of an answer. */
const seeEveryMs = breakerRules.leaseMs / 3;

/** Somebody who wants to call a model. */
export interface CallPermitRequest extends Omit<QueueRequest, "deployment" | "limits"> {
	readonly model: Deployment & { readonly limits: QueueRequest["limits"] & { readonly deployment: string } };
}

/** The right to make one call, which says on the way what becomes of it. */
export interface CallPermit {
	/** What a response's headers (names in lower case) say of its provider's limits. */
	noteHeaders(headers: Readonly<Record<string, string>> | undefined): void;
	/** There is content, the first or more: the model answers. */
	noteContent(): void;
	/** Once, however the call ended; `failure` null: well, or because its end was asked for. */
	release(outcome: { readonly failure: Failure | null; readonly tokens: number }): void;
}

/** The way to all models: the line before their limits, then their circuit breakers. */
export interface CallPermits {
	/**
	 * Resolves when the call may be made, or with the reason why none is made: `breaker_open`, `throttled`, `overloaded`,
	 * `expired_in_queue`. Who must be left alone is not waited for in line.
	 *
	 * @throws the signal's reason; AppError `draining`.
	 */
	acquire(request: CallPermitRequest): Promise<CallPermit | Failure>;
}

export function createCallPermits({ breakers, queue }: { breakers: Breakers; queue: Queue }): CallPermits {
	return {
		async acquire({ model, ...request }) {
			const known = breakers.findRefusal(model);
			if (known) return toRefusal(known);
			const slot = await enterQueue(queue, {
				...request,
				deployment: model.limits.deployment,
				limits: model.limits,
			});
			if ("class" in slot) return slot;
			const admission = await breakers.admit(model);
			if (admission.isAdmitted) return createPermit(slot, breakers, admission);
			slot.release({ tokens: 0 });
			return toRefusal(admission);
		},
	};
}

const toRefusal = ({ reason, retryAfterMs }: BreakerRefusal): Failure =>
	toFailure(reason === "open" ? "breaker_open" : "throttled", retryAfterMs);

async function enterQueue(queue: Queue, request: QueueRequest): Promise<Slot | Failure> {
	try {
		return await queue.enter(request);
	} catch (error) {
		if (!isAppError(error)) throw error;
		const { retryAfterMs } = error.details;
		if (error.code === "expired_in_queue") return toFailure("expired_in_queue");
		if (error.code !== "overloaded") throw error;
		return toFailure("overloaded", typeof retryAfterMs === "number" ? retryAfterMs : null);
	}
}

function createPermit(slot: Slot, breakers: Breakers, admission: Admission): CallPermit {
	let isAnswering = false;
	let isSeen = false;
	let timer: NodeJS.Timeout | undefined;
	const tellSeen = () => {
		if (isSeen) breakers.noteContent(admission);
		isSeen = false;
	};
	return {
		noteHeaders(headers) {
			if (headers) slot.noteHeaders(headers);
		},
		noteContent() {
			isSeen = true;
			if (isAnswering) return;
			isAnswering = true;
			tellSeen();
			timer = setInterval(tellSeen, seeEveryMs).unref();
		},
		release({ failure, tokens }) {
			clearInterval(timer);
			const rule = failure ? rules[failure.class].breaker : "ignore";
			// Stopped or filtered: what was said until then was an answer.
			const outcome = rule === "ignore" && isAnswering ? "success" : rule;
			breakers.report(admission, outcome, { retryAfterMs: failure?.retryAfterMs ?? null });
			slot.release({ tokens, headers: toWaitHeaders(failure) });
		},
	};
}

/** The wait that a provider asked for in place of an answer, as the line reads it. */
const toWaitHeaders = (failure: Failure | null) =>
	failure?.class === "throttled" && failure.retryAfterMs !== null
		? { "retry-after-ms": String(failure.retryAfterMs) }
		: undefined;
