import type { IncomingMessage, ServerResponse } from "node:http";
import type { Services } from "../services.ts";
import { sendJson } from "./send-json.ts";

export type Readiness = "starting" | "ready" | "draining";

/**
 * `/api/health/live`: the process answers. `/api/health/ready`: it can serve; parts are named with their state. A caller on
 * this machine, such as `parley doctor`, also learns which unknown host was asked for last.
 */
export async function answerHealth(
	request: IncomingMessage,
	response: ServerResponse,
	input: {
		isLiveness: boolean;
		readiness: Readiness;
		services: Services | null;
		unknownHost: string | null;
	},
): Promise<void> {
	if (input.isLiveness) return sendJson(response, 200, { status: "live" });
	const database = input.services ? await pingDatabase(input.services) : "starting";
	const isReady = input.readiness === "ready" && database === "ok";
	const { unknownHost } = input;
	sendJson(response, isReady ? 200 : 503, {
		status: isReady ? "ready" : input.readiness,
		database,
		...(isLocal(request) && { unknownHost }),
	});
}

/** From this machine, and not through a proxy on it. */
function isLocal({ socket, headers }: IncomingMessage): boolean {
	const isLoopback = /^(::1|(::ffff:)?127\.)/.test(socket.remoteAddress ?? "");
	return isLoopback && headers["x-forwarded-for"] === undefined;
}

/** Short, because load balancers wait for the answer: a database that takes longer counts as unavailable. */
const pingTimeoutMs = 1_500;

async function pingDatabase({ db }: Services): Promise<"ok" | "unavailable"> {
	const { promise, resolve } = Promise.withResolvers<"ok" | "unavailable">();
	const timer = setTimeout(() => resolve("unavailable"), pingTimeoutMs);
	db.sql`select 1`.then(
		() => resolve("ok"),
		() => resolve("unavailable"),
	);
	return await promise.finally(() => clearTimeout(timer));
}
