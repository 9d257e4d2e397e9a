/** Ollama, LM Studio, and llama.cpp or llama-swap or LocalAI, by the ports that they listen on unless told otherwise. */
const loadingPorts = ["11434", "1234", "8080"];

const minutesMs = 300_000;
/** Leaves time for another model within the 45 s in which a person has content or an error. */
const shortMs = 30_000;

/** Names of one's own machine or network, a container's among them. */
const ownName = /^(?:localhost|[^.]+|.+\.(?:localhost|local|internal|lan|home\.arpa))$/i;
/** RFC 1122, 1918, 3927, 6598, 4193 and 4291. */
const ownAddress =
	/^(?:127\.|10\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|169\.254\.|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.|\[(?:::1\]|f[cd]|fe80))/i;

/**
 * Milliseconds that a provider's server may take to load a model into memory before it answers: as the config file says, else
 * minutes for servers that are known to load on demand, half a minute for any other server of one's own network, and 0 elsewhere.
 */
export function toLoadMs(provider: {
	readonly id: string;
	readonly kind: string;
	readonly baseUrl: string;
	readonly loadSeconds?: number | undefined;
}): number {
	if (provider.loadSeconds !== undefined) return provider.loadSeconds * 1_000;
	if (provider.kind !== "openai-compatible") return 0;
	if (provider.id === "ollama") return minutesMs;
	const { hostname, port } = new URL(provider.baseUrl);
	if (!ownName.test(hostname) && !ownAddress.test(hostname)) return 0;
	return loadingPorts.includes(port) ? minutesMs : shortMs;
}
