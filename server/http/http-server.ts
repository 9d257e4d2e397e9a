import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import type { Logger } from "pino";
import { clientAddressHeader, createProxyList, type IsProxy, toClientAddress } from "../auth/index.ts";
import { type errorTable, isAppError } from "../contract/errors.ts";
import type { Services } from "../services.ts";
import { limitBody, toBodyBytesMax } from "./guards/body.ts";
import { createHostCheck, type HostCheck } from "./guards/host-check.ts";
import { setCommonHeaders, setPagePolicy } from "./guards/security.ts";
import { answerHealth, type Readiness } from "./health.ts";
import { answerOpenAi } from "./openai/answer-openai.ts";
import { sendError, sendJson, sendTooLarge } from "./send-json.ts";
import { createStreams, type Streams } from "./streams/open-streams.ts";
import { answerTrpc } from "./trpc.ts";

/** Next, as this server needs it. */
export interface Pages {
	answer(request: IncomingMessage, response: ServerResponse): Promise<void>;
	upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void>;
}

export interface HttpServer {
	readonly server: Server;
	/** Starts to serve calls and pages; until then only health answers. */
	open(to: { services: Services; pages: Pages }): void;
	setReadiness(readiness: Readiness): void;
	/**
	 * Takes no more connections. Resolves when every stream has ended after a whole event and all answers have been taken;
	 * connections that are still open after `ms` are closed. Call it when no turn runs in this process any more.
	 */
	close(ms: number): Promise<void>;
}

interface Open {
	readonly services: Services;
	readonly pages: Pages;
	readonly isProxy: IsProxy;
	readonly hosts: HostCheck;
}

/** What every request of this server meets. */
interface State {
	readonly input: ServerInput;
	readonly streams: Streams;
	readiness: Readiness;
	open: Open | null;
	isClosing: boolean;
}

export interface ServerInput {
	readonly logger: Logger;
	readonly isDev: boolean;
	/** When a stream whose reader takes nothing is closed; 30 s by default. */
	readonly stalledMsMax?: number;
}

export function createHttpServer(input: ServerInput): HttpServer {
	const state: State = {
		input,
		streams: createStreams(input),
		readiness: "starting",
		open: null,
		isClosing: false,
	};
	const server = createServer({ keepAliveTimeout: 75_000, headersTimeout: 20_000, requestTimeout: 60_000 });
	server.on("request", (request, response) => {
		answer(request, response, state).catch((error: unknown) => {
			const path = request.url?.split("?", 1)[0];
			if (response.headersSent) response.destroy();
			else sendError(response, toErrorCode(error), error);
			if (!isAppError(error) && !(error instanceof URIError))
				input.logger.error({ event: "http.request_failed", err: error, path }, "A request failed.");
		});
	});
	server.on("upgrade", (request, socket, head) => {
		if (input.isDev && state.open) void state.open.pages.upgrade(request, socket, head);
		else socket.destroy();
	});
	return {
		server,
		open(to) {
			const { settings } = to.services;
			const isProxy = createProxyList(settings.trustedProxies);
			state.open = { ...to, isProxy, hosts: createHostCheck(settings, input.logger) };
		},
		setReadiness(next) {
			state.readiness = next;
		},
		close(ms) {
			state.isClosing = true;
			const { open } = state.streams;
			// Streams of turns are left open at first: a turn that has just ended is about to end them with its last event.
			for (const [stream, path] of open) if (path !== "chat.follow") stream.abort();
			const others = setTimeout(() => {
				for (const stream of open.keys()) stream.abort();
			}, ms / 2);
			return closeServer(server, ms).finally(() => clearTimeout(others));
		},
	};
}

async function answer(request: IncomingMessage, response: ServerResponse, state: State): Promise<void> {
	const { readiness, open } = state;
	const requestId = `req_${randomUUID().slice(0, 13)}`;
	const path = request.url?.split("?", 1)[0] ?? "/";
	const tooLarge = limitBody(request, toBodyBytesMax(path));
	setCommonHeaders(response, requestId, open?.services.settings.publicUrl ?? null);
	if (path === "/api/health/live" || path === "/api/health/ready")
		return await answerHealth(request, response, {
			isLiveness: path.endsWith("live"),
			readiness,
			services: open?.services ?? null,
			unknownHost: open?.hosts.lastUnknown() ?? null,
		});
	if (readiness === "draining") response.shouldKeepAlive = false;
	if (!open || state.isClosing)
		return sendJson(response.setHeader("retry-after", "1"), 503, { status: readiness });
	if (open.hosts.refuse(request, response, path)) return;
	const { remoteAddress } = request.socket;
	const address = toClientAddress(
		remoteAddress,
		request.headers["x-forwarded-for"]?.toString(),
		open.isProxy,
	);
	if (path.startsWith("/api/trpc/"))
		return await answerTrpc(request, response, {
			services: open.services,
			streams: state.streams,
			hosts: open.hosts,
			requestId,
			address,
			tooLarge,
			path: decodeURIComponent(path.slice("/api/trpc/".length)),
		});
	if (path.startsWith("/api/v1/"))
		return await answerOpenAi(request, response, {
			services: open.services,
			streams: state.streams,
			requestId,
			address,
			tooLarge,
			path: path.slice("/api/v1/".length),
		});
	// Next would fetch and convert images of any size on the loop that serves streams; no page uses it.
	if (path === "/_next/image") return sendError(response, "not_found");
	request.headers[clientAddressHeader] = address ?? "";
	await answerPage(request, response, { ...open, path, tooLarge, isDev: state.input.isDev });
}

function toErrorCode(error: unknown): keyof typeof errorTable {
	if (isAppError(error)) return error.code;
	return error instanceof URIError ? "invalid_request" : "internal";
}

/** Passes a request to Next, with the page policy. A body over the cap is answered with 413, however far Next has come. */
async function answerPage(
	request: IncomingMessage,
	response: ServerResponse,
	by: Open & { path: string; tooLarge: AbortSignal; isDev: boolean },
): Promise<void> {
	const { services, pages, hosts, path, tooLarge, isDev } = by;
	const refuse = () => {
		if (response.headersSent) response.destroy();
		else sendTooLarge(response);
	};
	if (tooLarge.aborted) return refuse();
	tooLarge.addEventListener("abort", refuse, { once: true });
	if (path.startsWith("/api/auth/") && request.method !== "GET") hosts.requireOrigin(request);
	setPagePolicy(request, response, { isDev, imageHosts: services.settings.imageHosts });
	request.headers["x-pathname"] = request.url ?? "/";
	try {
		await pages.answer(request, response);
	} catch (error) {
		// The body that Next was reading was cut off above.
		if (!tooLarge.aborted) throw error;
	}
}

/** Closes connections as soon as they are idle: a kept-alive one would hold the server open for its whole time-out. */
function closeServer(server: Server, ms: number): Promise<void> {
	const { promise, resolve } = Promise.withResolvers<void>();
	const idle = setInterval(() => server.closeIdleConnections(), 50);
	const cut = setTimeout(() => server.closeAllConnections(), ms);
	server.close(() => resolve());
	return promise.finally(() => {
		clearInterval(idle);
		clearTimeout(cut);
	});
}
