import { constants, gzipSync } from "node:zlib";
import { heldMsMax, type WireError } from "../answers/answer-plan.ts";
import { toErrorBody } from "../formats/wire-format.ts";
import { type Exchange, type Refusal, resetConnection, sendJson } from "../requests/exchange.ts";

const limited: WireError = {
	type: "requests",
	code: "rate_limit_exceeded",
	message: "Simulated rate limit: too many requests.",
};

type HeaderForm = (seconds: number) => Record<string, string>;

function end(exchange: Exchange, status: number, body: string, headers: Record<string, string>) {
	exchange.record.status = status;
	exchange.log.close(exchange.record, "faulted");
	exchange.response.writeHead(status, { ...headers, "content-length": String(Buffer.byteLength(body)) });
	exchange.response.end(body);
}

/** Refuses with this status and OpenAI's error body. */
export const refuseWith =
	(status: number, error: WireError, headers: HeaderForm = () => ({}), seconds = 1): Refusal =>
	(exchange) => {
		const { record, response, log, options } = exchange;
		record.status = status;
		log.close(record, "faulted");
		sendJson(response, {
			status,
			body: toErrorBody(error),
			headers: headers(options.retrySeconds ?? seconds),
		});
	};

export const throttle = (headers: HeaderForm, seconds = 1): Refusal =>
	refuseWith(429, limited, headers, seconds);

const instantIn = (seconds: number) => new Date(Date.now() + seconds * 1000);

/** The ways in which providers say how long to wait. */
export const retryForms = {
	seconds: (seconds) => ({ "retry-after": String(seconds) }),
	/** RFC 9110 dates have whole seconds, so the instant is rounded up. */
	date: (seconds) => ({ "retry-after": instantIn(Math.ceil(seconds) + 1).toUTCString() }),
	milliseconds: (seconds) => ({ "retry-after-ms": String(Math.round(seconds * 1000)) }),
	durations: (seconds) => ({
		"x-ratelimit-limit-requests": "60",
		"x-ratelimit-remaining-requests": "0",
		"x-ratelimit-reset-requests": `${seconds}s`,
		"x-ratelimit-remaining-tokens": "149984",
		"x-ratelimit-reset-tokens": "6ms",
	}),
	epoch: (seconds) => ({
		"x-ratelimit-remaining": "0",
		"x-ratelimit-reset": String(Math.ceil(instantIn(seconds).getTime() / 1000)),
	}),
	instant: (seconds) => ({
		"anthropic-ratelimit-requests-remaining": "0",
		"anthropic-ratelimit-requests-reset": instantIn(Math.ceil(seconds))
			.toISOString()
			.replace(/\.\d+Z$/, "Z"),
	}),
	garbage: () => ({ "retry-after": "in a while" }),
	none: () => ({}),
} satisfies Record<string, HeaderForm>;

const page = (title: string) =>
	`<!doctype html><html><head><title>${title}</title></head><body><h1>${title}</h1></body></html>`;

export const sendHtml =
	(status: number, title: string): Refusal =>
	(exchange) =>
		end(exchange, status, page(title), { "content-type": "text/html; charset=utf-8" });

export const sendJsonErrorWithOk: Refusal = (exchange) => {
	const body = toErrorBody({
		type: "server_error",
		code: "server_error",
		message: "Simulated failure under 200.",
	});
	end(exchange, 200, JSON.stringify(body), { "content-type": "application/json" });
};

/** Redirects to the other name of this host, so that the simulator sees a client that follows (`/sim/redirected`). */
export const redirect: Refusal = (exchange) => {
	const here = exchange.request.headers.host ?? "127.0.0.1";
	const there = here.startsWith("localhost")
		? here.replace("localhost", "127.0.0.1")
		: here.replace(/^\[.*\]|^[^:]+/, "localhost");
	end(exchange, 307, "", { location: `http://${there}/sim/redirected` });
};

/** Sends nothing, and ends the exchange after two minutes or when the client leaves. */
export const hold: Refusal = ({ response, record, log }) => {
	const timer = setTimeout(() => {
		log.close(record, "faulted");
		response.destroy();
	}, heldMsMax);
	response.once("close", () => clearTimeout(timer));
};

export const resetBeforeHeaders: Refusal = ({ response, record, log }) => {
	log.close(record, "faulted");
	resetConnection(response);
};

/** The port closes for `@MS` (1000), so that the next connections are refused; this one is reset. */
export const refuseConnection: Refusal = (exchange, fault) => {
	exchange.refuseConnections(typeof fault.argument === "number" ? fault.argument : 1000);
	resetBeforeHeaders(exchange, fault);
};

const mebibyte = 1024 * 1024;

/** `@MB` (1024) of one unfinished JSON string, compressed a thousandfold: gzip members may follow each other (RFC 1952). */
export const sendGzipBomb: Refusal = (exchange, fault) => {
	const { response, record, log } = exchange;
	const members = typeof fault.argument === "number" ? Math.min(fault.argument, 1024) : 1024;
	const opening = gzipSync('data: {"choices":[{"index":0,"delta":{"content":"');
	const member = gzipSync(Buffer.alloc(mebibyte, "a"), { level: constants.Z_BEST_COMPRESSION });
	const type = exchange.call.stream ? "text/event-stream" : "application/json";
	record.status = 200;
	response.writeHead(200, { "content-type": type, "content-encoding": "gzip" });
	response.write(opening);
	let sent = 0;
	const more = () => {
		while (sent < members && !response.destroyed) {
			sent += 1;
			if (!response.write(member)) return void response.once("drain", more);
		}
		log.close(record, "faulted");
		response.end();
	};
	more();
};
