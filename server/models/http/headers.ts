/** The id that the provider gave the request: OpenAI and most others, Anthropic, Azure. Null without one. */
export const toRequestId = (headers: Record<string, string>): string | null =>
	headers["x-request-id"] ?? headers["request-id"] ?? headers["apim-request-id"] ?? null;

/** The headers about rate limits; undefined without any. */
export function toRateHeaders(headers: Record<string, string>): Record<string, string> | undefined {
	const limits = Object.entries(headers).filter(([name]) =>
		/^(x-|anthropic-)ratelimit-|^retry-after/.test(name),
	);
	return limits.length > 0 ? Object.fromEntries(limits) : undefined;
}

/** Parley's name for the request, in the header that OpenAI documents for it; other providers ignore it. */
export const toNameHeader = (name: string | undefined): Record<string, string> =>
	name === undefined ? {} : { "x-client-request-id": name };
