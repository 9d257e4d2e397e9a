import { createHash } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import type { TokenCount } from "../answers/answer-plan.ts";

export interface ChatMessage {
	readonly role: string;
	readonly text: string;
	/** Pictures in it; absent: none. */
	readonly images?: number;
}

/** One request as the simulator saw it. The fields after `headers` change until it is over. */
export interface RequestRecord {
	/** The x-request-id of the answer, and the id inside it. */
	readonly id: string;
	/** Counts requests from 1; never starts again while the process lives. */
	readonly seq: number;
	readonly receivedAt: string;
	readonly path: string;
	readonly model: string;
	readonly stream: boolean;
	readonly maxTokens: number | null;
	readonly promptTokens: number;
	/** The first 16 hexadecimal digits of the SHA-256 of the messages. */
	readonly messagesDigest: string;
	readonly headers: Record<string, string>;
	/** `stall@20` as it was asked for; null when the request was answered without a fault. */
	fault: string | null;
	cachedTokens: number;
	cacheWriteTokens: number;
	cacheWrite1hTokens: number;
	outcome: "active" | "completed" | "aborted_by_client" | "faulted";
	status: number | null;
	/** An answer was begun or being thought about: from here on leaving costs the prompt. */
	isAccepted: boolean;
	/** Answer and reasoning tokens generated. */
	tokensSent: number;
	reasoningTokensSent: number;
	/** UTF-16 units of answer text generated. */
	textLength: number;
	/** Bytes generated but still unsent in the process when the client left. */
	bytesAfterAbort: number;
	/** The usage that the answer itself claims. */
	reported: TokenCount | null;
	firstTokenAt: string | null;
	endedAt: string | null;
}

export interface RequestStats {
	requests: number;
	active: number;
	peak: number;
	completed: number;
	aborted: number;
	faulted: number;
	tokens: number;
	newConnections: number;
	/** Requests that came back over the redirect fault, and how many of them brought a key along. */
	redirectsFollowed: number;
	redirectsWithKey: number;
}

interface NewRequest {
	readonly path: string;
	readonly headers: IncomingHttpHeaders;
	readonly model: string;
	readonly stream: boolean;
	readonly maxTokens: number | null;
	readonly promptTokens: number;
	readonly messages: readonly ChatMessage[];
}

export interface RequestLog {
	open(request: NewRequest): RequestRecord;
	/** Ends a record once; the first outcome stays unless it was `completed` and the client turned out to have left. */
	close(record: RequestRecord, outcome: "completed" | "aborted_by_client" | "faulted"): void;
	list(): readonly RequestRecord[];
	/** The messages of a request, while they are kept. */
	findMessages(id: string): readonly ChatMessage[] | undefined;
	readonly stats: RequestStats;
	/** Forgets what is over; running requests go on being counted as active. */
	reset(): void;
}

const recordsMax = 100_000;
/** Messages are kept for the latest requests only, up to so many characters. */
const messageCharsMax = 32 * 1024 * 1024;
const keptHeaders = [
	"user-agent",
	"accept",
	"content-type",
	"idempotency-key",
	"x-client-request-id",
	"traceparent",
	"x-sim",
];

function pickHeaders(headers: IncomingHttpHeaders): Record<string, string> {
	const picked: Record<string, string> = {};
	for (const name of keptHeaders) {
		const value = headers[name];
		if (typeof value === "string") picked[name] = value.slice(0, 300);
	}
	const { authorization } = headers;
	if (authorization !== undefined) picked.authorizationDigest = digest(authorization).slice(0, 8);
	return picked;
}

const digest = (text: string) => createHash("sha256").update(text).digest("hex").slice(0, 16);
const emptyStats = (active: number): RequestStats => ({
	requests: 0,
	active,
	peak: active,
	completed: 0,
	aborted: 0,
	faulted: 0,
	tokens: 0,
	newConnections: 0,
	redirectsFollowed: 0,
	redirectsWithKey: 0,
});

/** Messages of the latest requests, bounded by their characters. */
function createMessageStore() {
	const kept = new Map<string, readonly ChatMessage[]>();
	let chars = 0;
	const sizeOf = (messages: readonly ChatMessage[]) =>
		messages.reduce((sum, { text }) => sum + text.length, 100);
	return {
		put(id: string, messages: readonly ChatMessage[]) {
			kept.set(id, messages);
			chars += sizeOf(messages);
			for (const [oldest, old] of kept) {
				if (chars <= messageCharsMax) break;
				kept.delete(oldest);
				chars -= sizeOf(old);
			}
		},
		find: (id: string) => kept.get(id),
		clear() {
			kept.clear();
			chars = 0;
		},
	};
}

export function createRequestLog(): RequestLog {
	const epoch = Date.now().toString(36);
	const messageStore = createMessageStore();
	const stats = emptyStats(0);
	let records: RequestRecord[] = [];
	let seq = 0;

	function open(request: NewRequest): RequestRecord {
		seq += 1;
		stats.requests += 1;
		stats.active += 1;
		stats.peak = Math.max(stats.peak, stats.active);
		const record: RequestRecord = {
			id: `req_${epoch}_${seq}`,
			seq,
			receivedAt: new Date().toISOString(),
			path: request.path,
			model: request.model,
			stream: request.stream,
			maxTokens: request.maxTokens,
			promptTokens: request.promptTokens,
			messagesDigest: digest(JSON.stringify(request.messages)),
			headers: pickHeaders(request.headers),
			fault: null,
			cachedTokens: 0,
			cacheWriteTokens: 0,
			cacheWrite1hTokens: 0,
			outcome: "active",
			status: null,
			isAccepted: false,
			tokensSent: 0,
			reasoningTokensSent: 0,
			textLength: 0,
			bytesAfterAbort: 0,
			reported: null,
			firstTokenAt: null,
			endedAt: null,
		};
		records.push(record);
		if (records.length > recordsMax * 1.1) records = records.slice(-recordsMax);
		messageStore.put(record.id, request.messages);
		return record;
	}

	const countOutcome = (outcome: RequestRecord["outcome"], step: 1 | -1) => {
		if (outcome === "completed") stats.completed += step;
		if (outcome === "aborted_by_client") stats.aborted += step;
		if (outcome === "faulted") stats.faulted += step;
	};

	function close(record: RequestRecord, outcome: "completed" | "aborted_by_client" | "faulted") {
		const isCorrection = record.outcome === "completed" && outcome === "aborted_by_client";
		if (record.outcome !== "active" && !isCorrection) return;
		if (!isCorrection) {
			stats.active -= 1;
			stats.tokens += record.tokensSent;
		}
		countOutcome(record.outcome, -1);
		countOutcome(outcome, 1);
		record.outcome = outcome;
		record.endedAt = new Date().toISOString();
	}

	function reset() {
		records = records.filter((record) => record.outcome === "active");
		messageStore.clear();
		Object.assign(stats, emptyStats(records.length));
	}

	return { open, close, list: () => records, findMessages: messageStore.find, stats, reset };
}
