import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import type { Logger } from "pino";
import { clientAddressHeader, createProxyList, type IsProxy, toClientAddress } from "../auth/index.ts";
import { errorTable, isAppError } from "../errors.ts";
import type { Services } from "../services.ts";
import { bodyBytesMax } from "./body.ts";
import { answerHealth, type Readiness, sendJson } from "./health.ts";
import { setCommonHeaders, setPagePolicy } from "./security.ts";
import { answerTrpc } from "./trpc.ts";

/** Next, as this server needs it. */
export interface Pages {
	answer(request: IncomingMessage, response: ServerResponse): Promise<void>;
	upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void>;
}

export interface Doors {
	readonly server: Server;
	/** Opens the calls and the pages; until then only health answers. */
	open(to: { services: Services; pages: Pages }): void;
	setReadiness(readiness: Readiness): void;
}

export function createDoors(input: { logger: Logger; isDev: boolean }): Doors {
	let readiness: Readiness = "starting";
	let open: { services: Services; pages: Pages; isProxy: IsProxy } | null = null;

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
		if (!open) return sendJson(response.setHeader("retry-after", "1"), 503, { status: "starting" });
		if (readiness === "draining") response.shouldKeepAlive = false;
		const address = toClientAddress(
			request.socket.remoteAddress,
			request.headers["x-forwarded-for"]?.toString(),
			open.isProxy,
		);
		if (path.startsWith("/api/trpc/"))
			return await answerTrpc(request, response, {
				services: open.services,
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
	};
}
