import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { faults, startUpstream, type Upstream } from "../../simulator/index.ts";
import { readAnswer } from "../../testing/stub-provider.ts";
import { createConnectionPool } from "../http/connection-pool.ts";
import { createHttpFetch } from "../http/http-fetch.ts";
import { createProviderFetch, type ResponseWatchers } from "../http/provider-fetch.ts";
import { openRoute } from "../open-route.ts";
import { openChatCompletions } from "./chat-completions.ts";
import { createLanguageModels } from "./language-models.ts";

const pool = createConnectionPool();
let upstream: Upstream;
beforeAll(async () => {
	upstream = await startUpstream({ sim: "ttft=1,itl=0" });
});
afterAll(() => upstream?.close());

/** The same call, read by the AI SDK and without it. */
function openBoth(text: string) {
	const watchers: ResponseWatchers = new WeakMap();
	const fetch = createProviderFetch(createHttpFetch(pool), watchers);
	const provider = {
		id: "sim",
		kind: "openai-compatible",
		baseUrl: `${upstream.url}/v1`,
		apiKey: null,
		list: "config",
	} as const;
	const call = () => ({
		messages: [{ role: "user", text }] as const,
		maxOutputTokens: 200,
		signal: new AbortController().signal,
	});
	const findModel = createLanguageModels([{ ...provider, isGuess: false } as never], fetch);
	return {
		bySdk: openRoute({ ...call(), languageModel: findModel("sim", "sim-small"), watchers }),
		lean: openChatCompletions({ ...call(), provider, providerModelId: "sim-small", fetch }),
	};
}

type Read = Awaited<ReturnType<typeof readAnswer>>;

/** What the rest of the house sees of an answer. Ids differ by request. */
function toSeen({ text, reasoning, finish, failure, seen }: Read) {
	return {
		...{ text, reasoning, finish, hasStart: seen[0]?.type === "response-start" },
		failure: failure && {
			kind: failure.kind,
			status: failure.status,
			isContentFilter: failure.isContentFilter,
		},
	};
}

/** These take long on purpose, or answer the second of two calls otherwise. */
const unfit = [
	"hang",
	"pings",
	"late",
	"stall",
	"drip",
	"endless",
	"refuse",
	"500-twice",
	"flapping",
	"gzip-bomb",
];
const names = Object.keys(faults).filter((name) => !unfit.includes(name));

describe("openChatCompletions", () => {
	it.each([
		"",
		"reasoning=12",
		"fault=reset@0",
		"fault=reset@last",
		"fault=eof@0",
		// What the AI SDK does not read is read below.
		...names.filter((name) => name !== "filter-outage").map((name) => `fault=${name}`),
	])(
		"reads what the AI SDK reads: %j",
		async (fault) => {
			const { bySdk, lean } = openBoth(`[[sim tokens=30${fault && `,${fault}`}]] compare`);
			const [one, other] = [toSeen(await readAnswer(bySdk)), toSeen(await readAnswer(lean))];
			expect(other).toEqual(one);
		},
		20_000,
	);

	it("reads that no filter has judged the answer", async () => {
		const { bySdk, lean } = openBoth("[[sim tokens=30,fault=filter-outage]] compare");
		const [one, other] = [toSeen(await readAnswer(bySdk)), toSeen(await readAnswer(lean))];
		expect(other).toEqual({ ...one, finish: { ...one.finish, isUnfiltered: true } });
	});
});
