import * as z from "zod";
import { mutate, untilAnswered } from "../kit/clients/api-calls.ts";
import type { Reply, Send } from "./history.ts";

const ids = z.object({
	threadId: z.string(),
	turnId: z.string(),
	userMessageId: z.string(),
	assistantMessageId: z.string(),
});

export interface Destination {
	readonly url: string;
	/** The instance at this address; null for the load balancer. */
	readonly via: number | null;
	readonly headers: Record<string, string>;
	readonly threadId: string | undefined;
}

/** Posts a message once and notes the reply. */
export async function post(send: Send, to: Destination): Promise<Reply> {
	const askedAtMs = Date.now();
	const input = { clientMessageId: send.clientMessageId, text: send.text, threadId: to.threadId };
	const { data, code, via } = await mutate(to.url, { path: "chat.send", input, headers: to.headers });
	const parsed = ids.safeParse(data);
	const reply: Reply = {
		askedAtMs,
		answeredAtMs: Date.now(),
		via: via ?? to.via,
		// The schema checks strings; the brands are the server's.
		ids: parsed.success ? (parsed.data as Reply["ids"]) : null,
		code: parsed.success ? null : (code ?? "malformed"),
	};
	send.replies.push(reply);
	if (reply.ids && !send.ids) {
		send.ids = reply.ids;
		send.acknowledgedAtMs = reply.answeredAtMs;
	}
	return reply;
}

/** Posts a message under the same id until it is acknowledged or refused, as the browser does. */
export async function postUntilAnswered(send: Send, to: Destination): Promise<Reply> {
	return await untilAnswered(() => post(send, to));
}
