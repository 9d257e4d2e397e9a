/** For this room's tests: a real HTTP server on a loopback port that answers as each test says, and models that reach it. */

import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type ModelMessage, type ModelPart, toTextMessage } from "../../contract/model-message.ts";
import { createModels, ProviderError } from "../../models/index.ts";

export type Answer = (response: ServerResponse) => unknown;

interface SeenRequest {
	readonly url: string;
	readonly headers: IncomingMessage["headers"];
	readonly body: Record<string, unknown>;
}

interface OpenOptions {
	readonly id?: string;
	readonly signal?: AbortSignal;
	readonly messages?: readonly ModelMessage[];
	readonly cacheKey?: string;
}

/** One model per kind of provider; its id is the kind. */
const kinds = ["openai-compatible", "openai", "openai-responses", "anthropic", "google"] as const;

export async function startStubProvider() {
	const stub = {
		answer: (() => undefined) as Answer,
		requests: [] as SeenRequest[],
		connections: 0,
	};
	const server = createServer(async (request, response) => {
		// A connection that is kept warm, not a call.
		if (request.url === "/") return void response.end();
		let text = "";
		for await (const chunk of request) text += chunk;
		stub.requests.push({
			url: request.url ?? "",
			headers: request.headers,
			body: text ? JSON.parse(text) : {},
		});
		await stub.answer(response);
	}).on("connection", () => {
		stub.connections += 1;
	});
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	// As: a server that listens on a port has an address of this form.
	const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
	const models = await createModelsAt(url);
	const open = (options: OpenOptions = {}) => {
		const model = models.find(options.id ?? "openai-compatible") ?? models.default();
		const messages = options.messages ?? [
			toTextMessage("system", "Be brief."),
			toTextMessage("user", "Hello?"),
		];
		const signal = options.signal ?? new AbortController().signal;
		const { cacheKey } = options;
		return models.open({ model, messages, maxOutputTokens: 123, signal, name: "turn-7-1", cacheKey });
	};
	const close = async () => {
		await models.close();
		server.closeAllConnections();
		server.close();
	};
	return Object.assign(stub, { url, open, close });
}

/** Models of every kind behind one address. */
export function createModelsAt(baseUrl: string) {
	return createModels({
		settings: {
			providers: {
				openaiApiKey: null,
				openaiBaseUrl: null,
				anthropicApiKey: null,
				anthropicBaseUrl: null,
				googleApiKey: null,
				ollamaBaseUrl: "http://127.0.0.1:9",
			},
			defaultModel: null,
			config: {
				providers: kinds.map((kind) => ({ id: kind, kind, baseUrl, apiKey: "key-of-the-test" })),
				models: kinds.map((kind) => ({
					id: kind,
					provider: kind,
					providerModelId: kind === "anthropic" ? "claude-sonnet-5" : `any/model:x@1, ü=${kind}`,
					tier: "small",
					contextWindow: 8_000,
					maxOutputTokens: 500,
					abilities: ["images", "files", "tools"],
					prices: null,
				})),
			},
		},
	});
}

/** Reads an answer to its end or its failure. */
export async function readAnswer(parts: AsyncIterable<ModelPart | { readonly type: "model-load" }>) {
	const seen: ModelPart[] = [];
	let error: unknown = null;
	try {
		for await (const part of parts) if (part.type !== "model-load") seen.push(part);
	} catch (caught) {
		error = caught;
	}
	const joined = (type: "text-delta" | "reasoning-delta") =>
		seen.map((part) => (part.type === type ? part.text : "")).join("");
	const last = seen.at(-1);
	const finish = last?.type === "finish" ? last : null;
	const failure = error instanceof ProviderError ? error : null;
	return { seen, text: joined("text-delta"), reasoning: joined("reasoning-delta"), finish, error, failure };
}

export const event = (value: unknown) => `data: ${JSON.stringify(value)}\n\n`;

/** OpenAI's chat completions, event by event. */
export const chat = {
	delta: (content: string, more = {}) =>
		event({ id: "chatcmpl-7", choices: [{ index: 0, delta: { content, ...more }, finish_reason: null }] }),
	finish: (reason = "stop") =>
		event({ id: "chatcmpl-7", choices: [{ index: 0, delta: {}, finish_reason: reason }] }),
	usage: (counts: unknown) => event({ id: "chatcmpl-7", choices: [], usage: counts }),
	done: "data: [DONE]\n\n",
	counts: { prompt_tokens: 11, completion_tokens: 2, total_tokens: 13 },
};

export const started = (response: ServerResponse, headers = {}) =>
	response.writeHead(200, { "content-type": "text/event-stream", ...headers });

export const sent = (response: ServerResponse, text: string | Uint8Array) =>
	new Promise<void>((resolve) => response.write(text, () => resolve()));

export const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Answers with these events at once. */
export function sse(...events: string[]): Answer {
	return (response) => started(response).end(events.join(""));
}

const chatWire = { begin: chat.delta("Hi"), end: chat.finish() + chat.usage(chat.counts) + chat.done };

/** The same short answer on every wire, as its provider documents it: "Hi", 2 output tokens, a normal end. */
export const wires: Record<(typeof kinds)[number], { begin: string; end: string }> = {
	"openai-compatible": chatWire,
	openai: chatWire,
	"openai-responses": {
		begin: [
			event({ type: "response.created", response: { id: "resp_1", created_at: 1, model: "m" } }),
			event({ type: "response.output_item.added", output_index: 0, item: { type: "message", id: "i" } }),
			event({ type: "response.output_text.delta", item_id: "i", delta: "Hi" }),
		].join(""),
		end: [
			event({ type: "response.output_item.done", output_index: 0, item: { type: "message", id: "i" } }),
			event({
				type: "response.completed",
				response: { usage: { input_tokens: 9, output_tokens: 2, total_tokens: 11 } },
			}),
		].join(""),
	},
	anthropic: {
		begin: [
			event({
				type: "message_start",
				message: {
					id: "msg_1",
					type: "message",
					role: "assistant",
					model: "claude",
					content: [],
					usage: { input_tokens: 9, output_tokens: 1 },
				},
			}),
			event({ type: "content_block_start", index: 0, content_block: { type: "text", text: "" } }),
			event({ type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "Hi" } }),
		].join(""),
		end: [
			event({ type: "content_block_stop", index: 0 }),
			event({ type: "message_delta", delta: { stop_reason: "end_turn" }, usage: { output_tokens: 2 } }),
			event({ type: "message_stop" }),
		].join(""),
	},
	google: {
		begin: event({
			responseId: "g-1",
			candidates: [{ content: { role: "model", parts: [{ text: "Hi" }] } }],
		}),
		end: event({
			candidates: [{ content: { role: "model", parts: [{ text: "" }] }, finishReason: "STOP" }],
			usageMetadata: { promptTokenCount: 9, candidatesTokenCount: 2, totalTokenCount: 11 },
		}),
	},
};
