import type { ServerResponse } from "node:http";
import type { Services } from "../services.ts";

export type Readiness = "starting" | "ready" | "draining";

/** `/api/health/live`: the process answers. `/api/health/ready`: it can serve; parts are named with their state. */
export async function answerHealth(
	response: ServerResponse,
	input: { isLiveness: boolean; readiness: Readiness; services: Services | null },
): Promise<void> {
	if (input.isLiveness) return sendJson(response, 200, { status: "live" });
	const database = input.services ? await pingDatabase(input.services) : "starting";
	const isReady = input.readiness === "ready" && database === "ok";
	sendJson(response, isReady ? 200 : 503, { status: isReady ? "ready" : input.readiness, database });
}

/** A load balancer wants to know soon: a database that takes longer counts as away. */
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

export function sendJson(response: ServerResponse, status: number, body: object): void {
	response.writeHead(status, { "content-type": "application/json", "cache-control": "no-store" });
	response.end(JSON.stringify(body));
}
