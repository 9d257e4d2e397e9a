/** Every way in which a call of a model can end without a complete answer. */
export const failureClasses = [
	/** No response arrived: refused, DNS, TLS, reset before the headers. */
	"connect",
	/** The provider asks to wait: 429, 529, 503 with Retry-After, or the same said in an event after 200. */
	"throttled",
	/** The provider's account is empty: waiting does not help, and no model of this key answers. */
	"no_credit",
	/** 5xx, or an HTML page or a JSON document in place of an answer. */
	"server",
	/** A redirect, which is not followed because the key must not be sent to another host. */
	"redirect",
	/** No content arrived in time. */
	"first_token_timeout",
	/** The stream broke, or contained an error, before any content. */
	"error_before_content",
	/** The same, or a pause that was too long, after content: the person has part of an answer. */
	"midstream",
	/** The provider does not accept the request; another would not either. */
	"bad_request",
	/** No call was made: the conversation has parts that this model cannot read. */
	"unsupported_content",
	/** The conversation is longer than the model's window. */
	"context_length",
	/** The provider does not know the model or the address. */
	"not_found",
	/** The key is wrong or has no right to do this. */
	"auth",
	/** The model ended without a word of text, or with tool calls that it was not offered. */
	"empty_answer",
	"filtered_request",
	"filtered_response",
	/** The provider's filter itself failed: it has not judged the text. */
	"filter_outage",
	/** No call was made: the circuit breaker of this model is open. */
	"breaker_open",
	/** No call was made: too many calls wait for this model, or its provider asked to wait for longer than the call may wait. */
	"overloaded",
	/** No call was made: it was still in the queue at its deadline. */
	"expired_in_queue",
	/** No call was made: an administrator has paused spending on this model. */
	"spending_paused",
	/** The person stopped the answer, or the turn was closed elsewhere. */
	"stopped",
] as const;
export type FailureClass = (typeof failureClasses)[number];

export interface Rule {
	/** Whether the same model is called again. `once`: at most one retry, with a shortened conversation after `context_length`. */
	readonly retry: "yes" | "once" | "if-wait-fits" | "no";
	/** Whether another model may answer; after content only as a visible continuation. */
	readonly fallback: boolean | "larger-window";
	/** For the circuit breakers: a failure of the model, a wait that the provider asked for, a failure of the key, or nothing. */
	readonly breaker: "failure" | "throttled" | "key" | "ignore";
}

const rule = (retry: Rule["retry"], fallback: Rule["fallback"], breaker: Rule["breaker"]): Rule => ({
	retry,
	fallback,
	breaker,
});

/**
 * What follows from each class of failure. What depends on what a person wrote (a filter's verdict, an empty answer, a refused or
 * too long request) says nothing about the model for others, so breakers ignore it. A filter's verdict is final: neither a retry nor
 * a fallback may bypass it. An empty answer is paid for, so it is not repeated. An outage of a filter opens no breaker, because that
 * would move people to models with other filters.
 */
export const rules: Readonly<Record<FailureClass, Rule>> = {
	connect: rule("yes", true, "failure"),
	throttled: rule("if-wait-fits", true, "throttled"),
	no_credit: rule("no", true, "key"),
	server: rule("yes", true, "failure"),
	redirect: rule("no", true, "failure"),
	first_token_timeout: rule("once", true, "failure"),
	error_before_content: rule("yes", true, "failure"),
	midstream: rule("no", true, "failure"),
	bad_request: rule("no", false, "ignore"),
	unsupported_content: rule("no", true, "ignore"),
	context_length: rule("once", "larger-window", "ignore"),
	not_found: rule("no", true, "failure"),
	auth: rule("no", true, "key"),
	empty_answer: rule("no", false, "ignore"),
	filtered_request: rule("no", false, "ignore"),
	filtered_response: rule("no", false, "ignore"),
	filter_outage: rule("once", false, "ignore"),
	breaker_open: rule("no", true, "ignore"),
	overloaded: rule("if-wait-fits", true, "ignore"),
	expired_in_queue: rule("no", false, "ignore"),
	spending_paused: rule("no", true, "ignore"),
	stopped: rule("no", false, "ignore"),
};
