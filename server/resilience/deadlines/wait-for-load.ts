import type { ModelPart } from "../../contract/model-message.ts";
import { sleep } from "../../kernel/sleep.ts";
import { isModelLoading } from "../failures/meanings.ts";

/** llama.cpp answers 503 while it loads its model; it is asked again after so long. */
const askAgainMs = 2_000;

type Open<Call> = (call: Call) => AsyncIterable<ModelPart>;

/**
 * Wraps a function that calls a model: repeats the call while the server answers that it is loading the model. These answers are no
 * attempts: nothing was sent to a model. Ends with the last answer when the call's signal aborts.
 */
export function waitForLoad<Call extends { readonly signal: AbortSignal }>(open: Open<Call>): Open<Call> {
	return (call) => ({
		[Symbol.asyncIterator]() {
			let parts = open(call)[Symbol.asyncIterator]();
			let isLoaded = false;
			const openAgain = async (): Promise<IteratorResult<ModelPart>> => {
				for (;;) {
					try {
						const first = await parts.next();
						isLoaded = true;
						return first;
					} catch (error) {
						if (!isModelLoading(error)) throw error;
						await sleep(askAgainMs, call.signal);
						if (call.signal.aborted) throw error;
						parts = open(call)[Symbol.asyncIterator]();
					}
				}
			};
			return {
				next: () => (isLoaded ? parts.next() : openAgain()),
				return: async () => (await parts.return?.()) ?? { done: true, value: undefined },
			};
		},
	});
}
