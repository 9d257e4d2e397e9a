import type { FailureClass } from "@/server/client";
import type { Failure } from "../connection/trpc-client";
// With endings, because Node reads these words, too, when a run shows what people saw.
import { errorWords } from "./errors.ts";
import { failureWords } from "./failures.ts";
import type { ErrorAction, ErrorWords } from "./wording.ts";

/** Words for any failure, also for a code or a class that a newer server sends. */
export function toErrorWords(failure: Failure): { text: string; actions: readonly ErrorAction[] } {
	const { text: toText, actions } = findWords(failure);
	return { text: toText(failure), actions };
}

function findWords({ code, details }: Failure): ErrorWords {
	const failureClass = details.class;
	if (isFailureClass(failureClass)) return failureWords[failureClass];
	return Object.hasOwn(errorWords, code) ? errorWords[code] : errorWords.internal;
}

const isFailureClass = (value: unknown): value is FailureClass =>
	typeof value === "string" && Object.hasOwn(failureWords, value);
