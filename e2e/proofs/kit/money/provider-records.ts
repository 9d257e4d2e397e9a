import * as z from "zod";

const count = z.number().int();

/** Tokens of one request by class, as the provider simulator names them. */
const tokenCount = z.object({
	/** Includes those read from a cache and those written to one. */
	promptTokens: count,
	cachedTokens: count,
	/** Includes those written for an hour. */
	cacheWriteTokens: count,
	cacheWrite1hTokens: count,
	/** Includes reasoning. */
	completionTokens: count,
	reasoningTokens: count,
});

const requests = z.array(
	z.object({
		id: z.string(),
		receivedAt: z.string(),
		endedAt: z.string().nullable(),
		model: z.string(),
		outcome: z.string(),
		headers: z.record(z.string(), z.string()),
		// A faulty report may hold anything.
		reported: z.record(z.string(), z.unknown()).nullable(),
		messages: z
			.array(z.object({ role: z.string(), text: z.string() }))
			.nullable()
			.default(null),
	}),
);

const nano = z
	.string()
	.regex(/^-?\d+$/)
	.transform(BigInt);

const invoice = z.array(
	z.object({
		requestId: z.string(),
		/** Our name for the request. */
		clientRequestId: z.string().nullable(),
		model: z.string(),
		/** Includes those read from a cache and those written to one. */
		inputTokens: count,
		cachedInputTokens: count,
		/** Without those written for an hour. */
		cacheWriteTokens: count,
		cacheWrite1hTokens: count,
		/** Includes the reasoning ones. */
		outputTokens: count,
		reasoningTokens: count,
		costNanoUsd: nano,
	}),
);

/** What the provider charges for one request. */
export type InvoiceRow = z.infer<typeof invoice>[number];

/** One request as the provider simulator saw it. */
export interface ProviderRequest {
	readonly id: string;
	/** Our name for the request: the turn's id and the attempt's number. */
	readonly name: string;
	readonly model: string;
	readonly outcome: string;
	readonly receivedAtMs: number;
	readonly endedAtMs: number | null;
	/** The usage that the answer itself stated; null when it stated none that can be believed. */
	readonly reported: z.infer<typeof tokenCount> | null;
	/** Null when not asked for, or when the simulator no longer has them. */
	readonly messages: readonly { readonly role: string; readonly text: string }[] | null;
}

const stats = z.object({ redirectsFollowed: z.number(), active: z.number() });

/** More tokens than any window holds: such a report is a fault, which no invoice follows. */
const plausibleTokensMax = 10_000_000;

const get = async (url: string): Promise<unknown> => await (await fetch(url)).json();

export async function readRequests(
	upstreamUrl: string,
	{ withMessages = false } = {},
): Promise<ProviderRequest[]> {
	const listed = requests.parse(await get(`${upstreamUrl}/sim/requests${withMessages ? "?bodies=1" : ""}`));
	return listed.map(({ id, model, outcome, headers, receivedAt, endedAt, reported, messages }) => ({
		id,
		name: headers["x-client-request-id"] ?? "",
		model,
		outcome,
		receivedAtMs: Date.parse(receivedAt),
		endedAtMs: endedAt === null ? null : Date.parse(endedAt),
		reported: toPlausible(reported),
		messages,
	}));
}

function toPlausible(reported: unknown): ProviderRequest["reported"] {
	const parsed = tokenCount.safeParse(reported);
	if (!parsed.success) return null;
	const { promptTokens, cachedTokens, cacheWriteTokens, cacheWrite1hTokens } = parsed.data;
	const { completionTokens, reasoningTokens } = parsed.data;
	const isBounded = Object.values(parsed.data).every((tokens) => tokens >= 0 && tokens <= plausibleTokensMax);
	const isConsistent =
		cachedTokens + cacheWriteTokens <= promptTokens &&
		cacheWrite1hTokens <= cacheWriteTokens &&
		reasoningTokens <= completionTokens;
	return isBounded && isConsistent ? parsed.data : null;
}

/** The provider's invoice as the file that an operator would import. */
export async function readInvoiceText(upstreamUrl: string): Promise<string> {
	return await (await fetch(`${upstreamUrl}/sim/invoice`)).text();
}

export async function readInvoice(upstreamUrl: string): Promise<InvoiceRow[]> {
	return invoice.parse(JSON.parse(await readInvoiceText(upstreamUrl)));
}

/** `active`: requests that have not ended yet. */
export async function readStats(upstreamUrl: string): Promise<z.infer<typeof stats>> {
	return stats.parse(await get(`${upstreamUrl}/sim/stats`));
}
