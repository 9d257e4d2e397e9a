/** The kinds of weather: one name for whatever may become of a call to a model, apart from an answer. */
export const failureClasses = [
	/** No response arrived: refused, DNS, TLS, reset before the headers. */
	"connect",
	/** The provider asks to wait: 429, 529, 503 with Retry-After, or the same said in an event after 200. */
	"throttled",
	/** The account has no money left: waiting does not help, and no model of this key will answer. */
	"no_credit",
	/** 5xx, or a page or an error document in place of an answer. */
	"server",
	/** The provider sends us elsewhere; nobody follows, because a key must not travel to another host. */
	"redirect",
	/** Nothing that counts as content came in time. */
	"first_token_timeout",
	/** The stream broke, or said that it failed, before any content. */
	"error_before_content",
	/** The same, or silence, after content: the person has part of an answer. */
	"midstream",
	/** The request is wrong, here and elsewhere. */
	"bad_request",
	/** The conversation is longer than the model's window. */
	"context_length",
	/** The key is wrong or may not do this. */
	"auth",
	"filtered_request",
	"filtered_response",
	/** The provider's filter itself is out of order: it has judged nothing. */
	"filter_outage",
	/** No call was made: the circuit breaker of this model is open. */
	"breaker_open",
	/** No call was made: too many wait for this model, or its provider wants to be left alone for longer than there is time. */
	"overloaded",
	/** No call was made: its turn did not come in time. */
	"expired_in_queue",
	/** No call was made: an administrator has paused what would be spent on this model. */
	"spending_paused",
	/** Whoever asked does not want the answer any more. */
	"stopped",
] as const;
export type FailureClass = (typeof failureClasses)[number];

export interface Rule {
	/** Whether the same model is asked again. `once`: one further call at most, a refitted one after `context_length`. */
	readonly retry: "yes" | "once" | "if-wait-fits" | "no";
	/** Whether another model may answer. After content only as a visible continuation. */
	readonly fallback: boolean | "larger-window";
	/** What the circuit breaker makes of it: counted for the model, its own waiting time, counted for the key, or nothing. */
	readonly breaker: "failure" | "throttled" | "key" | "ignore";
}

const rule = (retry: Rule["retry"], fallback: Rule["fallback"], breaker: Rule["breaker"]): Rule => ({
	...{ retry, fallback, breaker },
});

/**
 * What follows from each kind of failure. A filter's verdict is final: no retry and no fallback leads around it, and its
 * outage opens no breaker, because that would send people to models with other filters.
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
	context_length: rule("once", "larger-window", "ignore"),
	auth: rule("no", true, "key"),
	filtered_request: rule("no", false, "ignore"),
	filtered_response: rule("no", false, "ignore"),
	filter_outage: rule("once", false, "ignore"),
	breaker_open: rule("no", true, "ignore"),
	overloaded: rule("if-wait-fits", true, "ignore"),
	expired_in_queue: rule("no", false, "ignore"),
	spending_paused: rule("no", true, "ignore"),
	stopped: rule("no", false, "ignore"),
};
