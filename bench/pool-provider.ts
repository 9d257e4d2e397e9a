/**
 * The provider of `bench:pool`, a process of its own: the simulator, and in front of it TLS that speaks HTTP/2 and HTTP/1.1.
 * Prints its addresses as one line of JSON; counts accepted connections and tells them at `GET /accepted`.
 */
import {
	createServer,
	type IncomingMessage,
	request,
	type ServerResponse,
	Agent as SimAgent,
} from "node:http";
import { createSecureServer, type Http2ServerRequest, type Http2ServerResponse } from "node:http2";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo, Server } from "node:net";
import { text } from "node:stream/consumers";
import { startUpstream } from "../server/simulator/index.ts";

/** Key and certificate as JSON on standard input; null leaves TLS out. */
const files: { key: string; cert: string } | null = JSON.parse(await text(process.stdin));
const upstream = await startUpstream({ sim: "text=words,tokens=20,ttft=0,itl=0" });
const agent = new SimAgent({ keepAlive: true });
const accepted = { plain: 0, tls: 0, h2: 0 };

/** Hands a request on to the simulator and its answer back. */
function forward(
	incoming: IncomingMessage | Http2ServerRequest,
	outgoing: Http2ServerResponse | ServerResponse,
) {
	const headers = {
		"content-type": "application/json",
		"content-length": incoming.headers["content-length"],
	};
	const onward = request(
		`${upstream.url}${incoming.url}`,
		{ agent, method: incoming.method, headers },
		(answer) => {
			outgoing.statusCode = answer.statusCode ?? 502;
			outgoing.setHeader("content-type", answer.headers["content-type"] ?? "text/plain");
			// As: both kinds of response are writable streams.
			answer.pipe(outgoing as NodeJS.WritableStream);
		},
	);
	onward.on("error", () => outgoing.destroy());
	incoming.pipe(onward);
}

const listen = (server: Server) =>
	new Promise<number>((resolve) =>
		server.listen(0, "0.0.0.0", () => resolve((server.address() as AddressInfo).port)),
	);

const ports: Record<string, number> = {};
ports.plain = await listen(
	createServer({ keepAliveTimeout: 75_000 }, forward).on("connection", () => void accepted.plain++),
);
if (files) {
	const tls = createTlsServer({ ...files, keepAliveTimeout: 75_000 }, forward);
	ports.tls = await listen(tls.on("connection", () => void accepted.tls++));
	const h2 = createSecureServer({ ...files, allowHTTP1: true }, forward);
	ports.h2 = await listen(h2.on("connection", () => void accepted.h2++));
}
const counter = createServer((_, response) => response.end(JSON.stringify(accepted)));
ports.counter = await listen(counter);
process.stdout.write(`${JSON.stringify(ports)}\n`);
