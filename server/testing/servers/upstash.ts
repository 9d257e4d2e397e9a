import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { Redis } from "ioredis";

const token = "a token that only tests know";

/** Speaks Upstash's REST protocol in front of a real Redis: one command a request, a bearer token, base64 when asked for. */
export async function startUpstash(redisUrl: string) {
	const redis = new Redis(redisUrl, { maxRetriesPerRequest: 0 });
	redis.on("error", () => undefined);
	const hashes = new Map<string, string>();
	const run = createRunner(redis, hashes);
	const server = createServer(async (request, response) => {
		const send = (status: number, body: object) =>
			response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
		if (request.headers.authorization !== `Bearer ${token}`) return send(401, { error: "Unauthorized" });
		try {
			const result = await run(JSON.parse(await text(request)));
			send(200, { result: request.headers["upstash-encoding"] === "base64" ? toBase64(result) : result });
		} catch (error) {
			send(400, { error: error instanceof Error ? error.message : "failed" });
		}
	});
	server.listen(0, "127.0.0.1");
	await once(server, "listening");
	return {
		url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
		token,
		async close() {
			server.closeAllConnections();
			server.close();
			redis.disconnect();
		},
	};
}

/** Upstash knows the flag in the first line of the limiter's scripts; plain Redis runs them without it. */
function createRunner(redis: Redis, hashes: Map<string, string>) {
	const toSha1 = (script: string) => createHash("sha1").update(script).digest("hex");
	return async ([name = "", ...args]: (string | number)[]): Promise<unknown> => {
		const command = String(name).toUpperCase();
		if (command === "EVAL") {
			const script = String(args[0]).replace(/^#!lua[^\n]*\n/, "");
			hashes.set(toSha1(String(args[0])), toSha1(script));
			return await redis.call("EVAL", [script, ...args.slice(1)]);
		}
		if (command === "EVALSHA")
			return await redis.call("EVALSHA", [hashes.get(String(args[0])) ?? "none", ...args.slice(1)]);
		return await redis.call(command, args);
	};
}

function toBase64(value: unknown): unknown {
	if (Array.isArray(value)) return value.map(toBase64);
	return typeof value === "string" ? Buffer.from(value).toString("base64") : value;
}
