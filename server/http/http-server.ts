import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import type { Logger } from "pino";
import { clientAddressHeader, createProxyList, type IsProxy, toClientAddress } from "../auth/index.ts";
import { errorTable, isAppError } from "../contract/errors.ts";
import type { Services } from "../services.ts";
import { bodyBytesMax } from "./body.ts";
import { answerHealth, type Readiness, sendJson } from "./health.ts";
import { setCommonHeaders, setPagePolicy } from "./security.ts";
import { answerTrpc } from "./trpc.ts";
import { createStreams } from "./trpc-stream.ts";

/** Next, as this server needs it. */
export interface Pages {
	answer(request: IncomingMessage, response: ServerResponse): Promise<void>;
	upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void>;
}

export interface HttpServer {
	readonly server: Server;
	/** Opens the calls and the pages; until then only health answers. */
	open(to: { services: Services; pages: Pages }): void;
	setReadiness(readiness: Readiness): void;
	/**
	 * Takes no more connections and resolves when every stream has ended after a whole event and all answers have been
	 * taken; what has not within `ms` is cut. Call it when no turn runs here any more.
	 */
	close(ms: number): Promise<void>;
}

/** @param input.stalledMsMax when a stream's reader is cut that takes nothing; 30 s when nothing is said. */
export function createHttpServer(input: {
	logger: Logger;
	isDev: boolean;
	stalledMsMax?: number;
}): HttpServer {
	const streams = createStreams(input);
	let readiness: Readiness = "starting";
	let open: { services: Services; pages: Pages; isProxy: IsProxy } | null = null;
	let isClosing = false;

	async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
		const requestId = `req_${randomUUID().slice(0, 13)}`;
		setCommonHeaders(response, requestId);
		const path = request.url?.split("?", 1)[0] ?? "/";
		if (path === "/api/health/live" || path === "/api/health/ready")
			return await answerHealth(response, {
				isLiveness: path.endsWith("live"),
				readiness,
				services: open?.services ?? null,
			});
		if (readiness === "draining") response.shouldKeepAlive = false;
		if (!open || isClosing)
			return sendJson(response.setHeader("retry-after", "1"), 503, { status: readiness });
		const address = toClientAddress(
			request.socket.remoteAddress,
			request.headers["x-forwarded-for"]?.toString(),
			open.isProxy,
		);
		if (path.startsWith("/api/trpc/"))
			return await answerTrpc(request, response, {
				services: open.services,
				streams,
				requestId,
				address,
				path: decodeURIComponent(path.slice("/api/trpc/".length)),
			});
		if (Number(request.headers["content-length"] ?? 0) > bodyBytesMax)
			return sendJson(response, errorTable.payload_too_large.httpStatus, { error: "payload_too_large" });
		setPagePolicy(request, response, input.isDev);
		request.headers["x-pathname"] = request.url ?? "/";
		request.headers[clientAddressHeader] = address ?? "";
		await open.pages.answer(request, response);
	}

	const server = createServer({ keepAliveTimeout: 75_000, headersTimeout: 20_000, requestTimeout: 60_000 });
	server.on("request", (request, response) => {
		answer(request, response).catch((error: unknown) => {
			input.logger.error({ err: error, path: request.url?.split("?", 1)[0] }, "a request failed");
			const status = isAppError(error)
				? errorTable[error.code].httpStatus
				: error instanceof URIError
					? 400
					: 500;
			if (response.headersSent) response.destroy();
			else sendJson(response, status, { error: "internal", requestId: response.getHeader("x-request-id") });
		});
	});
	server.on("upgrade", (request, socket, head) => {
		if (input.isDev && open) void open.pages.upgrade(request, socket, head);
		else socket.destroy();
	});
	return {
		server,
		open(to) {
			open = { ...to, isProxy: createProxyList(to.services.settings.trustedProxies) };
		},
		setReadiness(next) {
			readiness = next;
		},
		close(ms) {
			isClosing = true;
			// A turn that has just ended is about to end its readers' streams with its own last event.
			for (const [stream, path] of streams.open) if (path !== "chat.follow") stream.abort();
			const others = setTimeout(() => {
				for (const stream of streams.open.keys()) stream.abort();
			}, ms / 2);
			return closeServer(server, ms).finally(() => clearTimeout(others));
		},
	};
}

/** A connection is closed as soon as it is idle: a kept-alive one would hold the server open for its whole time-out. */
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
