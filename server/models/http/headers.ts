/** The name that a provider gave a request: OpenAI and most that speak its API; Anthropic; Azure. Null without one. */
export const toRequestId = (headers: Record<string, string>): string | null =>
	headers["x-request-id"] ?? headers["request-id"] ?? headers["apim-request-id"] ?? null;

/** What a response says about its provider's limits; undefined without any, as most say nothing. */
export function toRateHeaders(headers: Record<string, string>): Record<string, string> | undefined {
	const told = Object.entries(headers).filter(([name]) =>
		/^(x-|anthropic-)ratelimit-|^retry-after/.test(name),
	);
	return told.length > 0 ? Object.fromEntries(told) : undefined;
}

/** Our name for a request, in the header that OpenAI documents for it; providers that do not know it ignore it. */
export const toNameHeader = (name: string | undefined): Record<string, string> =>
	name === undefined ? {} : { "x-client-request-id": name };
