import { setTimeout as sleep } from "node:timers/promises";
import * as z from "zod";
import { type ErrorCode, errorTable } from "../../../server/contract/errors.ts";
import { type Answer, type Asked, ask } from "./exchange.ts";
import type { Reply, Send } from "./history.ts";

/** A person may not wait longer for any answer, so a post that got none by then is made again. */
const postTimeoutMs = 15_000;
/** Reports of many thousand lines take their time. */
const queryTimeoutMs = 60_000;
/** How long a message is posted again and again before its sender gives up. */
const sendPatienceMs = 90_000;
const backOffMsMax = 2_000;

const ids = z.object({
	threadId: z.string(),
	turnId: z.string(),
	userMessageId: z.string(),
	assistantMessageId: z.string(),
});
const success = z.object({ result: z.object({ data: z.unknown() }) });
const failure = z.object({ error: z.object({ data: z.object({ parley: z.object({ code: z.string() }) }) }) });

/** Codes that are no word of Parley's: nobody, or not yet Parley, answered. */
const elsewhere = ["unreachable", "no-instance", "starting"];

/** Whether the very same call may simply be made again. */
export function isPassing(code: string): boolean {
	if (elsewhere.includes(code)) return true;
	return code in errorTable && code !== "internal" && errorTable[code as ErrorCode].isRetryable;
}

/** What came of a call: a result, or the code of a failure. */
export interface Called {
	readonly data: unknown;
	readonly code: string | null;
	readonly via: number | null;
}

/** Calls a mutation: its result, or the code of the failure. Never throws. */
export async function mutate(
	url: string,
	{ path, input, headers }: { path: string; input: object; headers: Record<string, string> },
): Promise<Called> {
	return await call(`${url}/api/trpc/${path}`, {
		...{ method: "POST" as const, timeoutMs: postTimeoutMs, body: JSON.stringify(input) },
		headers: { ...headers, "content-type": "application/json" },
	});
}

/** Asks a query: its result, or the code of the failure. Never throws. */
export async function query(
	url: string,
	{ path, input, headers }: { path: string; input: object; headers: Record<string, string> },
): Promise<Called> {
	const search = encodeURIComponent(JSON.stringify(input));
	const asked = { method: "GET" as const, timeoutMs: queryTimeoutMs, headers };
	return await call(`${url}/api/trpc/${path}?input=${search}`, asked);
}

async function call(url: string, asked: Asked): Promise<Called> {
	const answer = await ask(url, asked).catch(() => null);
	if (!answer) return { data: null, code: "unreachable", via: null };
	const parsed = success.safeParse(toJson(answer.text));
	if (parsed.success) return { data: parsed.data.result.data, code: null, via: answer.via };
	return { data: null, code: toCode(answer), via: answer.via };
}

function toCode({ status, text }: Answer): string {
	if (status === 502 && text === "no instance") return "no-instance";
	const json = toJson(text);
	const parsed = failure.safeParse(json);
	if (parsed.success) return parsed.data.error.data.parley.code;
	if (z.object({ status: z.literal("starting") }).safeParse(json).success) return "starting";
	return `http ${status}`;
}

function toJson(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return null;
	}
}

/** Posts a message once and notes what came back. */
export async function post(
	send: Send,
	to: { url: string; via: number | null; headers: Record<string, string>; threadId: string | undefined },
): Promise<Reply> {
	const askedAtMs = Date.now();
	const input = { clientMessageId: send.clientMessageId, text: send.text, threadId: to.threadId };
	const { data, code, via } = await mutate(to.url, { path: "chat.send", input, headers: to.headers });
	const parsed = ids.safeParse(data);
	const reply: Reply = {
		...{ askedAtMs, answeredAtMs: Date.now(), via: via ?? to.via },
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

/** Posts a message under its one name until it is acknowledged or refused, as the browser does. */
export async function postUntilAnswered(send: Send, to: Parameters<typeof post>[1]): Promise<Reply> {
	return await untilAnswered(() => post(send, to));
}

/** Makes the same call again while its failure is a passing one. */
export async function untilAnswered<Outcome extends { readonly code: string | null }>(
	make: () => Promise<Outcome>,
): Promise<Outcome> {
	const giveUpAtMs = Date.now() + sendPatienceMs;
	for (let attempt = 0; ; attempt++) {
		const outcome = await make();
		if (outcome.code === null || !isPassing(outcome.code) || Date.now() > giveUpAtMs) return outcome;
		await sleep(Math.min(backOffMsMax, 100 * 2 ** attempt) * (0.5 + Math.random() / 2));
	}
}
