import { setTimeout as sleep } from "node:timers/promises";
import * as z from "zod";
import { type ErrorCode, errorTable } from "../../../../server/contract/errors.ts";
import { type HttpAnswer, type HttpRequest, request } from "./http-exchange.ts";

/** A call that got no answer by then is made again; people may not wait longer. */
const mutationTimeoutMs = 15_000;
/** Reports of many thousand lines take longer. */
const queryTimeoutMs = 60_000;
/** How long a call is made again and again before its caller gives up. */
const retryPatienceMs = 90_000;
const backOffMsMax = 2_000;

const success = z.object({ result: z.object({ data: z.unknown() }) });
const failure = z.object({ error: z.object({ data: z.object({ parley: z.object({ code: z.string() }) }) }) });

/** The result of a call, or the code of its failure. */
export interface CallResult {
	readonly data: unknown;
	readonly code: string | null;
	/** The instance that answered. */
	readonly via: number | null;
}

export interface ApiCall {
	readonly path: string;
	readonly input: object;
	readonly headers: Record<string, string>;
	/** Milliseconds in which the answer must arrive; by default what the kind of call needs. */
	readonly timeoutMs?: number | undefined;
}

/** Codes that are not Parley's: no server answered, or one that is still starting. */
const connectionCodes = ["unreachable", "no-instance", "starting"];

/** Whether the same call may simply be made again. */
export function isTransient(code: string): boolean {
	if (connectionCodes.includes(code)) return true;
	// The codes of Parley are the keys of the table.
	return code in errorTable && code !== "internal" && errorTable[code as ErrorCode].isRetryable;
}

/** Never throws: what went wrong is the result's code. */
export async function mutate(
	url: string,
	{ path, input, headers, timeoutMs = mutationTimeoutMs }: ApiCall,
): Promise<CallResult> {
	return await call(`${url}/api/trpc/${path}`, {
		method: "POST",
		timeoutMs,
		body: JSON.stringify(input),
		headers: { ...headers, "content-type": "application/json" },
	});
}

/** Never throws: what went wrong is the result's code. */
export async function query(
	url: string,
	{ path, input, headers, timeoutMs = queryTimeoutMs }: ApiCall,
): Promise<CallResult> {
	const search = encodeURIComponent(JSON.stringify(input));
	return await call(`${url}/api/trpc/${path}?input=${search}`, {
		method: "GET",
		timeoutMs,
		headers,
	});
}

async function call(url: string, sent: HttpRequest): Promise<CallResult> {
	const answer = await request(url, sent).catch(() => null);
	if (!answer) return { data: null, code: "unreachable", via: null };
	const parsed = success.safeParse(toJson(answer.text));
	if (parsed.success) return { data: parsed.data.result.data, code: null, via: answer.via };
	return { data: null, code: toCode(answer), via: answer.via };
}

function toCode({ status, text }: HttpAnswer): string {
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

/** Makes the same call again while it fails with a transient code, as the browser does. */
export async function untilAnswered<Outcome extends { readonly code: string | null }>(
	make: () => Promise<Outcome>,
): Promise<Outcome> {
	const giveUpAtMs = Date.now() + retryPatienceMs;
	for (let attempt = 0; ; attempt++) {
		const outcome = await make();
		if (outcome.code === null || !isTransient(outcome.code) || Date.now() > giveUpAtMs) return outcome;
		await sleep(Math.min(backOffMsMax, 100 * 2 ** attempt) * (0.5 + Math.random() / 2));
	}
}
