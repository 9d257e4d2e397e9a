import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { toTextMessage } from "../../../contract/model-message.ts";
import { faults, startUpstream, type Upstream } from "../../../simulator/index.ts";
import { readAnswer } from "../../../testing/servers/stub-provider.ts";
import { createConnectionPool } from "../../http/connection-pool.ts";
import { createHttpFetch } from "../../http/http-fetch.ts";
import { createProviderFetch, type ResponseWatchers } from "../../http/provider-fetch.ts";
import { chatCompletions } from "../chat-completions/wire.ts";
import { openAnswer } from "../open-answer.ts";
import { createRequestShapes, defaultShape } from "../request-shapes.ts";
import { openWithAiSdk } from "./open-with-ai-sdk.ts";

const pool = createConnectionPool();
let upstream: Upstream;
beforeAll(async () => {
	upstream = await startUpstream({ sim: "ttft=1,itl=0" });
});
afterAll(() => upstream?.close());

/** The same call, read by the AI SDK and by this room. */
function openBoth(text: string) {
	const watchers: ResponseWatchers = new WeakMap();
	const fetch = createProviderFetch(createHttpFetch(pool), watchers);
	const provider = { baseUrl: `${upstream.url}/v1`, apiKey: null };
	const call = () => ({
		messages: [toTextMessage("user", text)] as const,
		maxOutputTokens: 200,
		signal: new AbortController().signal,
	});
	const settings = { baseURL: provider.baseUrl, fetch, name: "compatible", includeUsage: true };
	const languageModel = createOpenAICompatible(settings)("sim-small");
	const deployment = createRequestShapes().find("sim-small", defaultShape);
	const lean = { ...call(), provider, providerModelId: "sim-small", fetch };
	return {
		bySdk: openWithAiSdk({ ...call(), languageModel, watchers }),
		lean: openAnswer(lean, { wire: chatCompletions, deployment }),
	};
}

type Read = Awaited<ReturnType<typeof readAnswer>>;

/** What the other rooms see of an answer. Ids differ by request. */
function toSeen({ text, reasoning, finish, failure, seen }: Read) {
	const hasStart = seen[0]?.type === "response-start";
	const { kind, status, isContentFilter } = failure ?? {};
	return { text, reasoning, finish, hasStart, failure: failure && { kind, status, isContentFilter } };
}

/** These take long on purpose, or answer the second of two calls otherwise. */
const unfit = [
	...["hang", "pings", "late", "stall", "drip", "endless", "refuse", "500-twice", "flapping", "gzip-bomb"],
];
/** What the AI SDK does not read, or takes for a failure. */
const moreLiberal = ["filter-outage", "no-finish", "json-error-200"];
const names = Object.keys(faults).filter((name) => !unfit.includes(name) && !moreLiberal.includes(name));

async function compare(fault: string) {
	const { bySdk, lean } = openBoth(`[[sim tokens=30${fault && `,${fault}`}]] compare`);
	return { one: toSeen(await readAnswer(bySdk)), other: toSeen(await readAnswer(lean)) };
}

describe("openAnswer", () => {
	it.each([
		...["", "reasoning=12", "fault=reset@0", "fault=reset@last", "fault=eof@0"],
		...names.map((name) => `fault=${name}`),
	])(
		"reads what the AI SDK reads: %j",
		async (fault) => {
			const { one, other } = await compare(fault);
			expect(other).toEqual(one);
		},
		20_000,
	);

	it("reads an answer without a finish reason that its provider has counted and ended", async () => {
		const { one, other } = await compare("fault=no-finish");
		expect(one.finish).toMatchObject({ finishReason: "unknown", usage: null });
		expect(other).toMatchObject({ text: one.text, finish: { finishReason: "stop" } });
		expect(other.finish?.usage?.outputTokens).toBe(30);
	});

	it("reads an error that is a document", async () => {
		const { other } = await compare("fault=json-error-200");
		expect(other.failure).toMatchObject({ kind: "parse", status: 200 });
	});

	it("reads that no filter has judged the answer", async () => {
		const { one, other } = await compare("fault=filter-outage");
		expect(other).toEqual({ ...one, finish: { ...one.finish, isUnfiltered: true } });
	});
});
