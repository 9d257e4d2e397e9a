import type { IncomingMessage, ServerResponse } from "node:http";
import { getErrorShape, getTRPCErrorFromUnknown } from "@trpc/server";
import { nodeHTTPRequestHandler } from "@trpc/server/adapters/node-http";
import { findKey } from "../auth/index.ts";
import { isAppError } from "../contract/errors.ts";
import { toStorageError } from "../db/index.ts";
import { appRouter, type RequestContext, toTRPCError } from "../routers/index.ts";
import type { Services } from "../services.ts";
import { endRefused, readBody } from "./guards/body.ts";
import type { HostCheck } from "./guards/host-check.ts";
import { requireNoKeyInUrl } from "./guards/key-in-url.ts";
import { requireSameViewer } from "./guards/same-viewer.ts";
import { requireSameOrigin } from "./guards/security.ts";
import { readIdempotencyKey } from "./idempotency-key.ts";
import { toRateHeaders } from "./rate-headers.ts";
import type { Streams } from "./streams/open-streams.ts";
import { streamSubscription } from "./streams/trpc-stream.ts";

/** Procedures in one HTTP request. */
const batchMax = 10;

/** Answers typed calls: subscriptions go to the event-stream writer, everything else to tRPC's node adapter. */
export async function answerTrpc(
	request: IncomingMessage & { body?: string },
	response: ServerResponse,
	by: {
		services: Services;
		streams: Streams;
		hosts: HostCheck;
		requestId: string;
		address: string | null;
		/** Aborts when the body passes its cap. */
		tooLarge: AbortSignal;
		path: string;
	},
): Promise<void> {
	const { services, streams, hosts, requestId, address, tooLarge, path } = by;
	response.setHeader("cache-control", "no-store");
	const context: { value: RequestContext } = {
		value: { viewer: null, services, requestId, address, idempotencyKey: null, rates: [] },
	};
	try {
		requireNoKeyInUrl(request.url);
		// A foreign page can make a browser send its cookies, never a key.
		if (findKey(request.headers.authorization) === null) requireSameOrigin(request, hosts.requireOrigin);
		const viewer = await services.auth.authenticate(request.headers.cookie, request.headers.authorization);
		requireSameViewer(request, viewer);
		const idempotencyKey = readIdempotencyKey(request.headers["idempotency-key"]);
		context.value = { ...context.value, viewer, idempotencyKey };
		const procedure = findProcedure(path);
		if (procedure?._def.type === "subscription" && request.method === "GET")
			return await streamSubscription(request, response, { context: context.value, path, streams });
		if (request.method === "POST") request.body = (await readBody(request, tooLarge)).toString("utf8");
	} catch (error) {
		return refuse(response, { error, context: context.value, path });
	}
	await nodeHTTPRequestHandler({
		router: appRouter,
		req: request,
		res: response,
		path,
		maxBatchSize: batchMax,
		createContext: () => context.value,
		responseMeta: ({ errors }) => ({ headers: toRateHeaders(context.value.rates, errors) }),
		onError: ({ error, path: at }) => {
			if (error.code === "INTERNAL_SERVER_ERROR" && !isAppError(error.cause))
				services.logger.error(
					{ event: "http.procedure_failed", err: error.cause ?? error, path: at, requestId },
					"A procedure failed.",
				);
		},
	});
}

function findProcedure(path: string) {
	// By its full path; the type lists the nested routers, the value the procedures.
	const procedures = appRouter._def.procedures as unknown as Record<string, { _def: { type: string } }>;
	return Object.hasOwn(procedures, path) ? procedures[path] : undefined;
}

/** Answers before a procedure was reached, in tRPC's shape, so that a stock client understands it. */
function refuse(
	response: ServerResponse,
	{ error: cause, context, path }: { error: unknown; context: RequestContext; path: string },
) {
	const error = toStorageError(cause);
	const trpcError = isAppError(error) ? toTRPCError(error) : getTRPCErrorFromUnknown(error);
	if (!isAppError(error))
		context.services.logger.error(
			{ event: "http.call_failed", err: error, path },
			"A call failed before its procedure.",
		);
	const config = appRouter._def._config;
	const shape = getErrorShape({
		config,
		error: trpcError,
		type: "unknown",
		path,
		input: undefined,
		ctx: context,
	});
	const body = JSON.stringify({ error: shape });
	response.shouldKeepAlive = false;
	response.writeHead(shape.data.httpStatus, {
		"content-type": "application/json",
		"content-length": Buffer.byteLength(body),
		...toRateHeaders(context.rates, [{ cause: error }]),
	});
	if (isAppError(error) && error.code === "payload_too_large") endRefused(response, body);
	else response.end(body);
}
