/** The name that a provider gave a request: OpenAI and most that speak its API; Anthropic; Azure. Null without one. */
export const toRequestId = (headers: Record<string, string>): string | null =>
	headers["x-request-id"] ?? headers["request-id"] ?? headers["apim-request-id"] ?? null;
