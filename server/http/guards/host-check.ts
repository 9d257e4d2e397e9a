import type { IncomingMessage, ServerResponse } from "node:http";
import type { Logger } from "pino";
import { isAppError } from "../../contract/errors.ts";
import { sendJson } from "../send-json.ts";
import { explainUnknownHost, findUnknownHost, type PublicAddress } from "./hosts.ts";
import { requireAllowedOrigin } from "./security.ts";

/** Refuses requests for hosts that are not this server's, and requests that pages of other hosts send. */
export interface HostCheck {
	/** Whether the request was refused, and answered with 421. */
	refuse(request: IncomingMessage, response: ServerResponse, path: string): boolean;
	/** As `requireAllowedOrigin`. */
	requireOrigin(request: IncomingMessage): void;
	/** The host that was refused last, for `parley doctor`; null when none was. */
	lastUnknown(): string | null;
}

/** Different hosts that are logged; a scanner names thousands. */
const loggedHostsMax = 20;
/** Different `Host` headers that are remembered as allowed, so that they are not parsed for each request. */
const allowedHostsMax = 100;

export function createHostCheck(address: PublicAddress, logger: Logger): HostCheck {
	const seen = new Set<string>();
	const allowed = new Set<string>();
	let last: string | null = null;

	function findUnknown({ headers }: IncomingMessage): string | null {
		const { host = "" } = headers;
		if (headers["x-forwarded-host"] === undefined && allowed.has(host)) return null;
		const unknown = findUnknownHost(headers, address);
		if (unknown === null && allowed.size < allowedHostsMax) allowed.add(host);
		return unknown;
	}
	function note(host: string, words: string): void {
		last = host;
		if (seen.has(host) || seen.size >= loggedHostsMax) return;
		seen.add(host);
		logger.warn({ event: "http.host_refused", host }, words);
	}
	return {
		refuse(request, response, path) {
			const host = findUnknown(request);
			if (host === null) return false;
			const words = explainUnknownHost(host, address);
			note(host, words);
			if (path.startsWith("/api/"))
				sendJson(response, 421, {
					error: { code: "forbidden", message: words, details: { reason: "host" } },
				});
			else sendPage(response, words);
			return true;
		},
		requireOrigin(request) {
			try {
				requireAllowedOrigin(request, address);
			} catch (error) {
				// A proxy that replaces the Host header and tells nothing: only the browser names the host that was typed.
				if (isAppError(error) && typeof error.details.host === "string")
					note(error.details.host, error.message);
				throw error;
			}
		},
		lastUnknown: () => last,
	};
}

const escapes: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

function sendPage(response: ServerResponse, words: string): void {
	const safe = words.replace(/[&<>"]/g, (sign) => escapes[sign] ?? "");
	response.setHeader("content-security-policy", "default-src 'none'; frame-ancestors 'none'");
	response.writeHead(421, { "content-type": "text/html; charset=utf-8", "cache-control": "no-store" });
	response.end(
		`<!doctype html><html lang="en"><meta name="viewport" content="width=device-width"><title>Wrong address</title><h1>This address is not configured</h1><p>${safe}</p></html>`,
	);
}
