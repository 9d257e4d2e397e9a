import * as z from "zod";
import type { TurnIds } from "../../../../server/contract/turn.ts";
import { type TerminalStatus, terminalStatuses } from "../../../../server/contract/turn-status.ts";
import { mutate, untilAnswered } from "../../kit/clients/api-calls.ts";
import type { Random } from "../../kit/random.ts";
import type { StagePerson } from "../../kit/stage/accounts.ts";
import type { ClientRequest, History, Reply, RequestKind } from "./history.ts";

/** Milliseconds between two tokens of an answer, and how many it has: an answer lasts 3 to 9 seconds. */
const gapMs = 40;
const [tokensMin, tokensMax] = [75, 220];
/** A model that fails its first two calls of each message, before the first word; another one stands in for it. */
export const flakyModelId = "flaky";
const flakyCalls = 2;
/** A model whose provider takes one call at a time, so that others wait in the queue. */
export const narrowModelId = "narrow";
/** Longer than an answer: `chat.complete` replies when it has ended. */
const completeTimeoutMs = 40_000;

const turnIds = z.object({
	threadId: z.string(),
	turnId: z.string(),
	userMessageId: z.string(),
	assistantMessageId: z.string(),
});
const completed = z.object({ status: z.enum(terminalStatuses), text: z.string() });

interface RequestInput {
	readonly kind: RequestKind;
	readonly person: StagePerson;
	readonly origin: ClientRequest | null;
	readonly model?: string;
}

/** A new request; a message's answer is its own words, so that a lost, repeated or foreign character shows. */
export function createRequest(
	{ requests }: History,
	{ kind, person, origin, model }: RequestInput,
	random: Random,
): ClientRequest {
	const clientMessageId = crypto.randomUUID();
	const addsNone = kind === "regenerate" || kind === "continue";
	const message = createMessage(clientMessageId, random, kind === "fallback");
	const request: ClientRequest = {
		kind,
		person,
		origin,
		clientMessageId,
		model: kind === "fallback" ? flakyModelId : (model ?? null),
		text: addsNone ? null : message.text,
		answer: addsNone && origin ? origin.answer : message.answer,
		startedAtMs: Date.now(),
		replies: [],
		ids: null,
		acknowledgedAtMs: null,
	};
	requests.push(request);
	return request;
}

/** Words that the provider repeats; characters of several code points among them show when one is cut. */
export function createMessage(
	name: string,
	random: Random,
	isFlaky = false,
): { readonly text: string; readonly answer: string } {
	const count = random.between(tokensMin, tokensMax);
	const words = Array.from({ length: count }, (_, index) =>
		index % 12 === 11 ? "👩‍👩‍👧é" : `w${index + 1}`,
	);
	const answer = `${name} ${words.join(" ")}`;
	const fault = isFlaky ? `,fault=error-first,times=${flakyCalls},key=${name}` : "";
	return { answer, text: `${answer} [[sim text=echo,ttft=${random.between(50, 400)},itl=${gapMs}${fault}]]` };
}

export interface Destination {
	readonly url: string;
	/** The instance at this address; null for the load balancer. */
	readonly via: number | null;
	/** The thread that a new message goes to; a new one when there is none. */
	readonly threadId: string | undefined;
	/** The message that an edited one follows. */
	readonly parentMessageId: string | null;
}

/** Posts a request once and notes the reply. */
export async function post(request: ClientRequest, to: Destination): Promise<Reply> {
	const askedAtMs = Date.now();
	const { path, input } = toCall(request, to);
	const timeoutMs = request.kind === "complete" ? completeTimeoutMs : undefined;
	const call = { path, input, headers: request.person.headers, timeoutMs };
	const { data, code, via } = await mutate(to.url, call);
	const parsed = turnIds.safeParse(data);
	const completion = request.kind === "complete" ? toCompletion(data) : null;
	const reply: Reply = {
		askedAtMs,
		answeredAtMs: Date.now(),
		via: via ?? to.via,
		// The schema checks strings; the brands are the server's.
		ids: parsed.success ? (parsed.data as TurnIds) : null,
		code: parsed.success ? null : (code ?? "malformed"),
		completion,
	};
	request.replies.push(reply);
	if (reply.ids && !request.ids) {
		request.ids = reply.ids;
		request.acknowledgedAtMs = reply.answeredAtMs;
	}
	return reply;
}

function toCompletion(data: unknown): { status: TerminalStatus; text: string } | null {
	return completed.safeParse(data).data ?? null;
}

function toCall(request: ClientRequest, { threadId, parentMessageId }: Destination) {
	const { kind, clientMessageId, text, origin } = request;
	const model = request.model ?? undefined;
	switch (kind) {
		case "send":
		case "fallback":
			return { path: "chat.send", input: { clientMessageId, text, threadId, model } };
		case "complete":
			return { path: "chat.complete", input: { clientMessageId, text, threadId } };
		case "edit":
			return { path: "chat.send", input: { clientMessageId, text, threadId, parentMessageId } };
		case "regenerate":
			return {
				path: "chat.regenerate",
				input: { clientMessageId, userMessageId: origin?.ids?.userMessageId },
			};
		case "continue":
			return {
				path: "chat.continue",
				input: { clientMessageId, assistantMessageId: origin?.ids?.assistantMessageId },
			};
	}
}

/** Posts a request under the same id until it is acknowledged or refused, as the browser does. */
export async function postUntilAnswered(request: ClientRequest, to: Destination): Promise<Reply> {
	return await untilAnswered(() => post(request, to));
}
