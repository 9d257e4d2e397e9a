import http from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import type { HttpRequest, Speed, Target } from "./targets.ts";

/** One answer lasts this long when nothing is in its way: 150 ms, then 100 tokens 30 ms apart. */
const answerMs = 3_150;
/** As the models of `targets.ts` say. */
const tokensPerAnswer: Record<Speed, number> = { load: 100, warm: 100, hold: 30, endless: 4_000 };
/** A stream that takes longer has failed. */
const streamTimeoutMs = 60_000;
const rssIntervalMs = 500;

/** `~SENT~` or, in an answer's first token, `~SENT.RECEIVED~`: microseconds of the machine's monotonic clock, base 36. */
const markPattern = /~([0-9a-z]+)(?:\.([0-9a-z]+))?~/g;
/** Longer than any mark: a mark may be cut between two chunks. */
const markCharactersMax = 40;

export interface Phase {
	readonly target: Target["name"];
	readonly concurrent: number;
	readonly streams: number;
	/** Why streams failed, and how many each. */
	readonly failures: Record<string, number>;
	readonly seconds: number;
	/** Milliseconds, sorted: first tokens, and all later tokens' way from the provider's socket to the reader. */
	readonly firstTokenMs: readonly number[];
	readonly laterTokenMs: readonly number[];
	readonly cpuSeconds: number;
	readonly databaseCpuSeconds: number;
	readonly rssBytes: number;
}

interface Measured {
	readonly firstTokenMs: number;
	readonly laterTokenMs: readonly number[];
}

/** `streams` answers, `concurrent` at a time, started evenly over one answer's length: a steady state, not a stampede. */
export async function runPhase(
	target: Target,
	{ concurrent, streams, speed }: { concurrent: number; streams: number; speed: Speed },
): Promise<Phase> {
	const agent = new http.Agent({ keepAlive: true });
	const measured: Measured[] = [];
	const failures: Record<string, number> = {};
	let started = 0;
	const before = { atUs: monotonicUs(), server: target.usage(), database: target.databaseUsage() };
	let rssBytes = before.server.rssBytes;
	const sampler = setInterval(() => {
		rssBytes = Math.max(rssBytes, target.usage().rssBytes);
	}, rssIntervalMs);
	const runClient = async (client: number) => {
		await sleep((client / concurrent) * answerMs);
		while (started < streams) {
			try {
				measured.push(await readStream(target, { agent, speed, index: started++ }));
			} catch (error) {
				const reason = error instanceof Error ? error.message : String(error);
				failures[reason] = (failures[reason] ?? 0) + 1;
			}
		}
	};
	await Promise.all(Array.from({ length: concurrent }, (_, client) => runClient(client)));
	const seconds = (monotonicUs() - before.atUs) / 1e6;
	clearInterval(sampler);
	agent.destroy();
	// What a server writes after its last byte belongs to the stream.
	await sleep(300);
	return {
		target: target.name,
		concurrent,
		streams: measured.length,
		failures,
		seconds,
		rssBytes,
		firstTokenMs: measured.map((stream) => stream.firstTokenMs).sort((a, b) => a - b),
		laterTokenMs: measured.flatMap((stream) => stream.laterTokenMs).sort((a, b) => a - b),
		cpuSeconds: target.usage().cpuSeconds - before.server.cpuSeconds,
		databaseCpuSeconds: target.databaseUsage().cpuSeconds - before.database.cpuSeconds,
	};
}

interface StreamInput {
	readonly agent: http.Agent;
	readonly speed: Speed;
	readonly index: number;
}

/** One stream with all its requests; the clock starts with the first of them. */
async function readStream(target: Target, { agent, speed, index }: StreamInput): Promise<Measured> {
	const marks = createMarkReader(tokensPerAnswer[speed]);
	const requests = target.requests(speed, index);
	let body = "";
	for (const [place, toRequest] of requests.entries()) {
		const request = toRequest(body === "" ? {} : toIds(body));
		const isLast = place === requests.length - 1;
		body = "";
		await exchange(request, { agent, port: target.port }, (text) => {
			if (isLast) marks.push(text);
			else body += text;
		});
	}
	return marks.finish();
}

/** The ids that `chat.send` answers with. */
function toIds(body: string): Record<string, string> {
	return JSON.parse(body).result.data;
}

function exchange(
	{ method, path, headers, body }: HttpRequest,
	to: { readonly agent: http.Agent; readonly port: number },
	onText: (text: string) => void,
): Promise<void> {
	const { promise, resolve, reject } = Promise.withResolvers<void>();
	const length = body === undefined ? {} : { "content-length": String(Buffer.byteLength(body)) };
	const request = http.request(
		{ ...to, host: "127.0.0.1", method, path, headers: { ...headers, ...length } },
		(response) => {
			response.setEncoding("latin1");
			response.on("error", reject);
			if (response.statusCode !== 200) {
				response.resume();
				reject(new Error(`HTTP ${response.statusCode}`));
			} else response.on("data", onText);
			response.on("end", resolve);
			response.on("close", () => reject(new Error("the stream broke off")));
		},
	);
	const timer = setTimeout(() => request.destroy(new Error("timeout")), streamTimeoutMs);
	request.on("error", reject);
	request.end(body);
	return promise.finally(() => clearTimeout(timer));
}

/** Reads the marks out of whatever a target makes of the text around them. */
function createMarkReader(tokensExpected: number) {
	const startedUs = monotonicUs();
	const laterTokenMs: number[] = [];
	let firstTokenMs: number | null = null;
	let rest = "";
	return {
		push(text: string) {
			const seenUs = monotonicUs();
			const joined = rest + text;
			let end = 0;
			for (const mark of joined.matchAll(markPattern)) {
				end = mark.index + mark[0].length;
				const sentUs = Number.parseInt(mark[1] ?? "", 36);
				if (firstTokenMs === null) {
					const providerUs = sentUs - Number.parseInt(mark[2] ?? "", 36);
					firstTokenMs = (seenUs - startedUs - providerUs) / 1e3;
				} else laterTokenMs.push((seenUs - sentUs) / 1e3);
			}
			rest = joined.slice(Math.max(end, joined.length - markCharactersMax));
		},
		/** @throws when a token is missing or came twice. */
		finish(): Measured {
			const tokens = laterTokenMs.length + (firstTokenMs === null ? 0 : 1);
			if (firstTokenMs === null || tokens !== tokensExpected)
				throw new Error(`${tokens} of ${tokensExpected} tokens`);
			return { firstTokenMs, laterTokenMs };
		},
	};
}

function monotonicUs(): number {
	return Number(process.hrtime.bigint() / 1_000n);
}
