import { randomBytes } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { AppError } from "../../contract/errors.ts";
import {
	explainUnknownHost,
	hasDefaultPublicUrl,
	hostLengthMax,
	isListedHost,
	type PublicAddress,
} from "./hosts.ts";

/** A year, what the preload lists ask for at least. Browsers ignore the header on plain HTTP. */
const httpsOnly = `max-age=${365 * 24 * 60 * 60}`;

/** Sets the headers that every answer has, page or call. `publicUrl` is null until the settings are known. */
export function setCommonHeaders(
	response: ServerResponse,
	requestId: string,
	publicUrl: string | null,
): void {
	response.setHeader("x-request-id", requestId);
	response.setHeader("x-content-type-options", "nosniff");
	response.setHeader("referrer-policy", "same-origin");
	response.setHeader("x-frame-options", "DENY");
	response.setHeader("cross-origin-opener-policy", "same-origin");
	response.setHeader("permissions-policy", "camera=(), geolocation=(), microphone=()");
	if (publicUrl?.startsWith("https:")) response.setHeader("strict-transport-security", httpsOnly);
}

/**
 * The page policy: nothing from elsewhere runs, loads or receives a form, whatever an answer contains, except images of the
 * configured hosts. The nonce travels to Next in the request's own policy header, from where Next puts it on its scripts.
 */
export function setPagePolicy(
	request: IncomingMessage,
	response: ServerResponse,
	{ isDev, imageHosts }: { isDev: boolean; imageHosts: readonly string[] },
): void {
	const nonce = randomBytes(16).toString("base64");
	const policy = [
		"default-src 'self'",
		`script-src 'self' 'nonce-${nonce}' 'strict-dynamic'${isDev ? " 'unsafe-eval'" : ""}`,
		"style-src 'self' 'unsafe-inline'",
		["img-src 'self' blob: data:", ...imageHosts].join(" "),
		"font-src 'self' data:",
		`connect-src 'self'${isDev ? " ws:" : ""}`,
		"object-src 'none'",
		"base-uri 'none'",
		"frame-ancestors 'none'",
		"form-action 'self'",
	].join("; ");
	request.headers["content-security-policy"] = policy;
	request.headers["x-nonce"] = nonce;
	response.setHeader("content-security-policy", policy);
}

/**
 * Refuses cross-site request forgery: every request that is not GET or HEAD comes from an allowed origin, carries our own
 * header (which a foreign page cannot add without a preflight, and preflights are not answered) and is JSON.
 *
 * @throws AppError `forbidden`, `invalid_request`.
 */
export function requireSameOrigin(
	request: IncomingMessage,
	requireOrigin: (request: IncomingMessage) => void,
): void {
	const site = request.headers["sec-fetch-site"];
	if (site !== undefined && site !== "same-origin" && site !== "none")
		throw new AppError("forbidden", "Calls from other sites are refused.");
	if (request.method === "GET" || request.method === "HEAD") return;
	if (!request.headers.origin) throw new AppError("forbidden", "The Origin header is missing.");
	requireOrigin(request);
	if (!request.headers["x-parley-client"])
		throw new AppError("forbidden", "The header x-parley-client: NAME/VERSION is missing.");
	if (!/^application\/json(;|$)/i.test(request.headers["content-type"] ?? ""))
		throw new AppError("invalid_request", "The body must be application/json.");
}

/**
 * Refuses a foreign `Origin`; scripts send none.
 *
 * @throws AppError `forbidden`, with `details.reason` `public_url` and the origin's `details.host` when the reason may be that
 * PARLEY_PUBLIC_URL is not set.
 */
export function requireAllowedOrigin(request: IncomingMessage, address: PublicAddress): void {
	const { origin } = request.headers;
	if (!origin || isAllowedOrigin(origin, request.headers.host, address)) return;
	if (!hasDefaultPublicUrl(address) || !URL.canParse(origin))
		throw new AppError("forbidden", "The Origin header names another site.");
	const host = new URL(origin).host.slice(0, hostLengthMax);
	throw new AppError("forbidden", explainUnknownHost(host, address), {
		details: { reason: "public_url", host },
	});
}

/** An address of this server as the settings say, or that to which the request was sent, which `findUnknownHost` has checked. */
function isAllowedOrigin(origin: string, host: string | undefined, address: PublicAddress): boolean {
	if (!URL.canParse(origin)) return false;
	const { host: originHost, origin: normal } = new URL(origin);
	if (normal === new URL(address.publicUrl).origin) return true;
	return originHost !== "" && (originHost === host?.toLowerCase() || isListedHost(originHost, address));
}
