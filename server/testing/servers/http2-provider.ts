import http2, { type ServerHttp2Session, type ServerHttp2Stream } from "node:http2";
import type { AddressInfo } from "node:net";

type Answer = (stream: ServerHttp2Stream, path: string) => unknown;

interface Options {
	readonly certificate?: { readonly key: string; readonly cert: string } | null;
	readonly host?: string;
	/** 0, the standard: any free port. */
	readonly port?: number;
	/** Streams at a time on one connection. */
	readonly streams?: number;
}

/** A provider that speaks HTTP/2 over TLS and nothing else, answers as the test says, and remembers what it saw. */
export async function startHttp2Provider(answer: Answer, options: Options = {}) {
	const seen = { sessions: [] as ServerHttp2Session[], paths: [] as string[], reset: [] as number[] };
	const settings = { maxConcurrentStreams: options.streams ?? 100 };
	const server = http2.createSecureServer({ ...options.certificate, settings });
	server.on("session", (session) => seen.sessions.push(session));
	server.on("sessionError", () => undefined);
	server.on("stream", (stream, headers) => {
		seen.paths.push(headers[":path"] ?? "");
		stream.on("error", () => undefined);
		stream.on("close", () => stream.rstCode !== 0 && seen.reset.push(stream.rstCode));
		answer(stream, headers[":path"] ?? "");
	});
	const { host = "127.0.0.1" } = options;
	await new Promise<void>((resolve) => server.listen(options.port ?? 0, host, resolve));
	// As: a server that listens on a port has an address of this form.
	const { port } = server.address() as AddressInfo;
	const close = () => {
		for (const session of seen.sessions) session.destroy();
		server.close();
	};
	return Object.assign(seen, { port, url: `https://${host}:${port}`, close });
}
