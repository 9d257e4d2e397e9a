import { isAppError } from "../contract/errors.ts";
import type { Admission, Breakers, Deployment } from "./breakers/breakers.ts";
import type { BreakerRefusal } from "./breakers/cache.ts";
import { breakerRules } from "./breakers/store.ts";
import { type Failure, toFailure } from "./failures/classify.ts";
import { rules } from "./failures/rules.ts";
import type { Queue, QueueRequest, Slot } from "./queue/queue.ts";

/** Often enough that a probe's lease outlives one pause between two pieces of an answer. */
const noteEveryMs = breakerRules.leaseMs / 3;

export interface CallPermitRequest extends Omit<QueueRequest, "deployment" | "limits"> {
	readonly model: Deployment & { readonly limits: QueueRequest["limits"] & { readonly deployment: string } };
}

/** The permission to make one call. The caller notes what the call returns and releases the permit when it ends. */
export interface CallPermit {
	/** Takes a response's headers (names in lower case), for what they say of the provider's limits. */
	noteHeaders(headers: Readonly<Record<string, string>> | undefined): void;
	/** The model sends content: call it with every piece. */
	noteContent(): void;
	/**
	 * Ends the permit; only the first call counts. `failure` null: the call ended well, or its end was requested. `tokens`: what it
	 * really took, input and output together.
	 */
	release(outcome: { readonly failure: Failure | null; readonly tokens: number }): void;
}

/** Gives out permits for calls of all models: first the queue for the provider's limits, then the circuit breakers. */
export interface CallPermits {
	/**
	 * Resolves when the call may be made, or with the reason why it may not: `breaker_open`, `throttled`, `overloaded`,
	 * `expired_in_queue`. A model that is known to refuse is not queued for.
	 *
	 * @throws the signal's reason; AppError `draining`.
	 */
	acquire(request: CallPermitRequest): Promise<CallPermit | Failure>;
}

export function createCallPermits({ breakers, queue }: { breakers: Breakers; queue: Queue }): CallPermits {
	return {
		async acquire({ model, ...request }) {
			const known = breakers.findRefusal(model, request.userId);
			if (known) return toRefusal(known);
			const { limits } = model;
			const slot = await enterQueue(queue, { ...request, deployment: limits.deployment, limits });
			if ("class" in slot) return slot;
			const admission = await breakers.admit(model, request.userId);
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
	let hasContent = false;
	let hasNewContent = false;
	let timer: NodeJS.Timeout | undefined;
	const passOn = () => {
		if (hasNewContent) breakers.noteContent(admission);
		hasNewContent = false;
	};
	return {
		noteHeaders(headers) {
			if (headers) slot.noteHeaders(headers);
		},
		noteContent() {
			hasNewContent = true;
			if (hasContent) return;
			hasContent = true;
			passOn();
			timer = setInterval(passOn, noteEveryMs).unref();
		},
		release({ failure, tokens }) {
			clearInterval(timer);
			const rule = failure ? rules[failure.class].breaker : "ignore";
			// A call that was stopped or filtered after content had begun has shown that the model answers.
			const outcome = rule === "ignore" && hasContent ? "success" : rule;
			breakers.report(admission, outcome, {
				retryAfterMs: failure?.retryAfterMs ?? null,
				failureClass: failure?.class,
			});
			slot.release({ tokens, headers: toWaitHeaders(failure) });
		},
	};
}

/** The wait that a provider asked for in place of an answer, in the form in which the queue reads headers. */
const toWaitHeaders = (failure: Failure | null) =>
	failure?.class === "throttled" && failure.retryAfterMs !== null
		? { "retry-after-ms": String(failure.retryAfterMs) }
		: undefined;
