import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { monotonicUs } from "../answers/answer-plan.ts";
import { faults } from "../faults/faults.ts";
import { replayCassette } from "../recordings/cassette.ts";
import { answerChat, answerEmbeddings, type ReceivedRequest, type SimulatorState } from "./answer-request.ts";
import { sendError, sendJson } from "./exchange.ts";
import { toInvoice } from "./invoice.ts";
import type { RequestLog } from "./request-log.ts";

interface Simulator extends SimulatorState {
	readonly models: readonly string[];
	readonly reset: () => void;
}

const bodyBytesMax = 64 * 1024 * 1024;

const sendOk = (response: ServerResponse, body: unknown) => sendJson(response, { status: 200, body });
const notFound = (response: ServerResponse, what: string) =>
	sendError(response, 404, {
		type: "invalid_request_error",
		code: "not_found",
		message: `There is no ${what}.`,
	});

/** Requests after `since`, a sequence number or an instant. */
function listRequests(log: RequestLog, query: URLSearchParams) {
	const since = query.get("since") ?? "0";
	const seq = /^\d+$/.test(since) ? Number(since) : null;
	const at = seq === null ? new Date(since).getTime() : 0;
	const wanted = log
		.list()
		.filter((record) => (seq === null ? Date.parse(record.receivedAt) > at : record.seq > seq));
	if (query.get("bodies") !== "1") return wanted;
	return wanted.map((record) => ({ ...record, messages: log.findMessages(record.id) ?? null }));
}

const listModels = (models: readonly string[]) => ({
	object: "list",
	data: models.map((id) => ({ id, object: "model", created: 0, owned_by: "simulator" })),
});

const listFaults = () => Object.entries(faults).map(([name, { summary }]) => ({ name, summary }));

/** Where the redirect fault leads: there is nothing, but each client that follows is counted. */
function answerRedirected(request: IncomingMessage, response: ServerResponse, log: RequestLog) {
	log.stats.redirectsFollowed += 1;
	if (request.headers.authorization !== undefined) log.stats.redirectsWithKey += 1;
	notFound(response, "page behind a redirect");
}

function routeGet(url: URL, response: ServerResponse, simulator: Simulator) {
	const { log, models, prices } = simulator;
	const model = url.pathname.match(/\/models\/(.+)$/)?.[1];
	if (model !== undefined) {
		const id = decodeURIComponent(model);
		const isKnown = models.includes(id) || id.includes("sim:");
		return isKnown ? sendOk(response, listModels([id]).data[0]) : notFound(response, `model ${id}`);
	}
	switch (url.pathname.replace(/^\/v1(?=\/)/, "")) {
		case "/models":
			return sendOk(response, listModels(models));
		case "/sim/faults":
			return sendOk(response, listFaults());
		case "/sim/requests":
			return sendOk(response, listRequests(log, url.searchParams));
		case "/sim/stats":
			return sendOk(response, log.stats);
		case "/sim/invoice":
			return sendOk(response, toInvoice(log.list(), prices));
		default:
			return notFound(response, `page ${url.pathname}`);
	}
}

function routePost(url: URL, received: ReceivedRequest, simulator: Simulator) {
	const { response } = received;
	switch (received.path.replace(/^\/v1(?=\/)/, "")) {
		case "/chat/completions":
		case "/responses":
			return answerChat(received, simulator);
		case "/embeddings":
			return answerEmbeddings(received, simulator);
		case "/sim/reset":
			simulator.reset();
			return sendOk(response, simulator.log.stats);
		case "/sim/refuse": {
			const forMs = Number(url.searchParams.get("ms") ?? 1000);
			response.once("finish", () => simulator.refuseConnections(forMs));
			return sendJson(response, { status: 200, body: { forMs }, headers: { connection: "close" } });
		}
		default:
			return replayForeign(received, simulator);
	}
}

/** Google's format is only known from cassettes, and a cassette of Anthropic's goes before an answer. */
function replayForeign(received: ReceivedRequest, simulator: Simulator) {
	const { path, response, body, receivedUs } = received;
	const cassette = simulator.recordings.findForeignCassette(path, JSON.stringify(body));
	if (cassette === undefined && path.endsWith("/messages")) return answerChat(received, simulator);
	if (cassette === undefined) return notFound(response, `page ${path}`);
	replayCassette(cassette, { response, receivedUs, onEnd: () => undefined });
}

function readBody(request: IncomingMessage, done: (body: Buffer | null) => void) {
	const parts: Buffer[] = [];
	let bytes = 0;
	request.on("data", (part: Buffer) => {
		bytes += part.length;
		if (bytes <= bodyBytesMax) parts.push(part);
		else parts.length = 0;
	});
	request.on("end", () => done(bytes > bodyBytesMax ? null : Buffer.concat(parts)));
}

function parseBody(body: Buffer): { readonly isJson: boolean; readonly value: unknown } {
	if (body.length === 0) return { isJson: true, value: {} };
	try {
		return { isJson: true, value: JSON.parse(body.toString("utf8")) };
	} catch {
		return { isJson: false, value: null };
	}
}

const invalid = { type: "invalid_request_error", code: "invalid_request_error" };

/** A request that breaks something ends alone; the others go on. */
function guard(response: ServerResponse, work: () => void): void {
	try {
		work();
	} catch (error) {
		if (response.headersSent) response.destroy();
		else sendError(response, 500, { type: "server_error", code: "simulator_failed", message: String(error) });
	}
}

function route(request: IncomingMessage, response: ServerResponse, simulator: Simulator) {
	const receivedUs = monotonicUs();
	const url = URL.parse(request.url ?? "/", "http://simulator");
	if (url === null) return sendError(response, 400, { ...invalid, message: "The address is not one." });
	if (url.pathname === "/sim/redirected") return answerRedirected(request, response, simulator.log);
	if (request.method === "GET") return routeGet(url, response, simulator);
	if (request.method !== "POST") return notFound(response, `answer to the method ${request.method}`);
	readBody(request, (bytes) =>
		guard(response, () => {
			if (bytes === null) return sendError(response, 413, { ...invalid, message: "The body is too large." });
			const { isJson, value } = parseBody(bytes);
			if (!isJson) return sendError(response, 400, { ...invalid, message: "The body is not JSON." });
			routePost(url, { request, response, path: url.pathname, body: value, receivedUs }, simulator);
		}),
	);
}

/** Answers one HTTP request. Each answer names a request; those that are logged name their record. */
export function routeRequest(request: IncomingMessage, response: ServerResponse, simulator: Simulator): void {
	response.setHeader("x-request-id", `req_${randomUUID()}`);
	guard(response, () => route(request, response, simulator));
}
