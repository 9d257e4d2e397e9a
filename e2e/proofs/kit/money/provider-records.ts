import * as z from "zod";

/** One request as the provider simulator saw it. */
export interface ProviderRequest {
	readonly id: string;
	/** Our name for the request: the turn's id and the attempt's number. */
	readonly name: string;
	readonly model: string;
	readonly receivedAtMs: number;
	readonly endedAtMs: number | null;
	/** Null when not asked for, or when the simulator no longer has them. */
	readonly messages: readonly { readonly role: string; readonly text: string }[] | null;
}

/** What the provider charges for one request. */
export interface InvoiceRow {
	readonly requestId: string;
	/** Our name for the request. */
	readonly clientRequestId: string | null;
	readonly costNanoUsd: bigint;
}

const requests = z.array(
	z.object({
		id: z.string(),
		receivedAt: z.string(),
		endedAt: z.string().nullable(),
		model: z.string(),
		headers: z.record(z.string(), z.string()),
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
	z.object({ requestId: z.string(), clientRequestId: z.string().nullable(), costNanoUsd: nano }),
);
const stats = z.object({ redirectsFollowed: z.number(), active: z.number() });

const get = async (url: string): Promise<unknown> => await (await fetch(url)).json();

export async function readRequests(
	upstreamUrl: string,
	{ withMessages = false } = {},
): Promise<ProviderRequest[]> {
	const listed = requests.parse(await get(`${upstreamUrl}/sim/requests${withMessages ? "?bodies=1" : ""}`));
	return listed.map(({ id, model, headers, receivedAt, endedAt, messages }) => ({
		id,
		name: headers["x-client-request-id"] ?? "",
		model,
		receivedAtMs: Date.parse(receivedAt),
		endedAtMs: endedAt === null ? null : Date.parse(endedAt),
		messages,
	}));
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
