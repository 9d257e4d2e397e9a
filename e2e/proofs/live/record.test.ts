import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startUpstream, type Upstream } from "../../../server/simulator/index.ts";
import { probe, readAnswer, type SeenResponse } from "../../../server/simulator/testing/probe.ts";
import { scrubHeaders, scrubText } from "./scrub.ts";

const canary = "sk-canary-4f1b2c3d4e5f6a7b8c9d";
const folder = mkdtempSync(join(tmpdir(), "parley-record-"));
let upstream: Upstream;
beforeAll(async () => {
	upstream = await startUpstream({ sim: "ttft=40,itl=5" });
});
afterAll(async () => {
	await upstream?.close();
	rmSync(folder, { recursive: true, force: true });
});

/** Runs the command as a person does, with the simulator in the place of OpenAI. */
async function record(from: { readonly url: string }, ...words: string[]) {
	const out = join(folder, `${crypto.randomUUID()}.jsonl`);
	const child = spawn(process.execPath, ["e2e/proofs/live/record.ts", "--json", "--out", out, ...words], {
		env: {
			PATH: process.env.PATH,
			NODE_ENV: "test",
			NODE_NO_WARNINGS: "1",
			OPENAI_BASE_URL: `${from.url}/v1`,
			OPENAI_API_KEY: canary,
			OLLAMA_BASE_URL: "http://127.0.0.1:9",
		},
	});
	const [said, complaint] = await Promise.all([text(child.stdout), text(child.stderr)]);
	return { said, complaint, out, file: readFileSync(out, "utf8") };
}

const ask = (from: Upstream, prompt: string, model = "sim-small"): Promise<SeenResponse> =>
	probe({
		url: from.url,
		body: {
			model,
			messages: [{ role: "user", content: prompt }],
			stream: true,
			stream_options: { include_usage: true },
		},
	});

describe("a cassette", () => {
	it("replays the bytes, the pace and the bill of the answer that it was recorded from", async () => {
		const prompt = "请用中文、日语和韩语介绍一下茶。";
		const { said, file, out } = await record(upstream, "--model", "sim-small", "--prompt", prompt);
		expect(JSON.parse(said)).toMatchObject({ model: "sim-small", status: 200, ending: "end" });
		const original = await ask(upstream, prompt);
		const replaying = await startUpstream({ recordings: [out] });
		const replayed = await ask(replaying, prompt);
		const zeroed = (body: string) =>
			body.replace(/"id":"req_[^"]*"/g, '"id":""').replace(/"created":\d+/g, '"created":0');
		expect(zeroed(replayed.text)).toBe(zeroed(original.text));
		expect(readAnswer(replayed.text).text).toBe(readAnswer(original.text).text);
		const tape = JSON.parse(file).cassettes["sim-small"];
		expect(replayed.text).toBe(tape.body);
		expect(replayed.headers["content-type"]).toBe(original.headers["content-type"]);
		expect(replayed.durationMs).toBeGreaterThan(tape.chunks.at(-1)[0] - 30);
		expect(tape.chunks.length).toBeGreaterThan(5);
		const again = await record(replaying, "--model", "sim-small", "--prompt", prompt);
		expect(JSON.parse(again.file).cassettes["sim-small"].body).toBe(tape.body);
		const bill = (of: Upstream) => of.invoice().at(-1);
		expect(bill(replaying)?.outputTokens).toBe(bill(upstream)?.outputTokens);
		await replaying.close();
	});

	it("keeps a refusal with its status, and a response that broke off as one", async () => {
		const refused = await record(
			upstream,
			"--model",
			"sim-small",
			"--prompt",
			"[[sim fault=429,retry=7]] no",
		);
		expect(JSON.parse(refused.file)).toMatchObject({
			outputs: {},
			cassettes: { "sim-small": { status: 429, headers: { "retry-after": "7" } } },
		});
		const cut = await record(upstream, "--model", "sim-small", "--prompt", "[[sim fault=reset@5]] cut");
		expect(JSON.parse(cut.file).cassettes["sim-small"]).toMatchObject({ status: 200, ending: "cut" });
	});

	it.each([
		["a refusal", 401, "application/json", `{"error":{"message":"Incorrect API key: ${canary}","id":"e1"}}`],
		["a stream", 200, "text/event-stream", `: for Bearer ${canary}\n\ndata: [DONE]\n\n`],
		["a broken stream", 200, "text/event-stream", `data: {"org":"org-${canary}","key":"${canary}`],
	])("holds no key, in whole or in part, that %s repeats", async (_, status, type, body) => {
		const provider = createServer(async (request, response) => {
			const isCall = request.method === "POST";
			response.writeHead(isCall ? status : 200, {
				"content-type": isCall ? type : "application/json",
				"set-cookie": `session=${canary}`,
				"x-request-id": canary,
				"openai-organization": canary,
				"retry-after": canary,
			});
			if (!isCall) return response.end('{"data":[{"id":"m"}]}');
			const half = body.indexOf(canary) + 12;
			await new Promise((resolve) => response.write(body.slice(0, half), resolve));
			setTimeout(() => response.end(body.slice(half)), 30);
		});
		await new Promise<void>((resolve) => provider.listen(0, "127.0.0.1", resolve));
		const url = `http://127.0.0.1:${(provider.address() as AddressInfo).port}`;
		const { file, said, complaint } = await record({ url }, "--model", "m", "--prompt", "Hello");
		expect(JSON.parse(file).cassettes.m.status).toBe(status);
		for (const kept of [file, said, complaint]) expect(kept).not.toMatch(/canary|4f1b|8c9d/);
		provider.closeAllConnections();
		provider.close();
	});

	it("is not kept when the prompt contains a secret", async () => {
		const before = upstream.requests().length;
		const asked = record(upstream, "--model", "sim-small", "--prompt", `My key is ${canary}`);
		await expect(asked).rejects.toThrow("ENOENT");
		expect(upstream.requests()).toHaveLength(before);
	});

	it("of a wire that the simulator does not speak is replayed at its path to its prompt", async () => {
		const out = join(folder, "other-wire.jsonl");
		const body = "event: end\ndata: {}\n\n";
		const tape = {
			path: "/v1/other-wire",
			status: 200,
			headers: { "content-type": "text/event-stream" },
			headersAfterMs: 0,
			body,
			encoding: "utf8",
			chunks: [[0, body.length]],
			ending: "end",
			usage: null,
		};
		const line = { id: "recorded/x", prompt: 'Say "hi"', outputs: {}, cassettes: { "other-x": tape } };
		writeFileSync(out, `${JSON.stringify(line)}\n`);
		const replaying = await startUpstream({ recordings: [out] });
		const asked = (content: string) =>
			probe({ url: replaying.url, path: "/v1/other-wire", body: { messages: [{ role: "user", content }] } });
		expect(await asked('Say "hi"')).toMatchObject({ status: 200, text: body });
		expect(await asked("Something else")).toMatchObject({ status: 404 });
		await replaying.close();
	});
});

describe("what is taken out", () => {
	it.each([
		['{"id":"chatcmpl-AbC123","x":1}', '{"id":"chatcmpl-000000","x":1}'],
		['{"system_fingerprint": "fp_44709d6fcb"}', '{"system_fingerprint": "fp_0000000000"}'],
		["limit reached for organization org-Ab12Cd34Ef", "limit reached for organization org-0000000000"],
		["key provided: sk-proj-abcd************wxyz.", "key provided: sk-0000-0000************0000."],
		["write to ada@example.com", "write to 000@0000000.000"],
		['{"delta":{"content":"identity: kind"}}', '{"delta":{"content":"identity: kind"}}'],
	])("of %s leaves %s", (text, expected) => {
		expect(scrubText(text, [])).toBe(expected);
		expect(scrubText(text, [])).toHaveLength(text.length);
	});

	it("of headers is everything but how the provider behaves", () => {
		const headers = {
			"content-type": "text/event-stream",
			"set-cookie": "__cf=1",
			"openai-organization": "acme",
			"x-request-id": "req_1",
			"retry-after": "2",
			"anthropic-ratelimit-requests-limit": "50",
			"anthropic-organization-id": "a-b-c",
		};
		expect(Object.keys(scrubHeaders(headers, []))).toEqual([
			"content-type",
			"retry-after",
			"anthropic-ratelimit-requests-limit",
		]);
	});
});
