import { describe, expect, it } from "vitest";
import { toLoadMs } from "./load-time.ts";

const at = (baseUrl: string, more: { id?: string; kind?: string; loadSeconds?: number } = {}) =>
	toLoadMs({ id: "own", kind: "openai-compatible", baseUrl, ...more });

describe("the time that a server may take to load a model", () => {
	it.each([
		["Ollama by its id, wherever it is", at("https://models.example.org/v1", { id: "ollama" }), 300_000],
		["Ollama's port", at("http://127.0.0.1:11434/v1"), 300_000],
		["LM Studio's port", at("http://192.168.1.20:1234/v1"), 300_000],
		["llama.cpp's port in a container", at("http://llama:8080/v1"), 300_000],
		["another local server", at("http://localhost:9000/v1"), 30_000],
		["a server by IPv6", at("http://[::1]:9000/v1"), 30_000],
		["a server of the network", at("http://gpu.local:9000/v1"), 30_000],
		["a private address", at("http://172.20.0.3/v1"), 30_000],
		["a public address", at("https://api.example.org/v1"), 0],
		["a public address with Ollama's port", at("https://api.example.org:11434/v1"), 0],
		["a public address like a private one", at("http://172.32.0.3/v1"), 0],
		["another API", at("http://127.0.0.1:9000/v1", { kind: "anthropic" }), 0],
		["what the config file says", at("https://api.example.org/v1", { loadSeconds: 90 }), 90_000],
		["none, as the config file says", at("http://127.0.0.1:11434/v1", { loadSeconds: 0 }), 0],
	])("%s", (_, ms, expected) => {
		expect(ms).toBe(expected);
	});
});
