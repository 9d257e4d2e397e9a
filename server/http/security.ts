import { randomBytes } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { AppError } from "../contract/errors.ts";

/** Set on every answer, page or call. */
export function setCommonHeaders(response: ServerResponse, requestId: string): void {
	response.setHeader("x-request-id", requestId);
	response.setHeader("x-content-type-options", "nosniff");
	response.setHeader("referrer-policy", "same-origin");
	response.setHeader("x-frame-options", "DENY");
	response.setHeader("cross-origin-opener-policy", "same-origin");
	response.setHeader("permissions-policy", "camera=(), geolocation=(), microphone=()");
}

/**
 * The page policy: nothing from elsewhere runs, loads or receives a form, whatever an answer contains. The nonce travels
 * to Next in the request's own policy header, from where Next puts it on its scripts.
 */
export function setPagePolicy(request: IncomingMessage, response: ServerResponse, isDev: boolean): void {
	const nonce = randomBytes(16).toString("base64");
	const policy = [
		"default-src 'self'",
		`script-src 'self' 'nonce-${nonce}' 'strict-dynamic'${isDev ? " 'unsafe-eval'" : ""}`,
		"style-src 'self' 'unsafe-inline'",
		"img-src 'self' blob: data:",
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
 * Cross-site request forgery stops here: whatever is not GET or HEAD comes from an allowed origin, carries our own header
 * (which a foreign page cannot add without a preflight that nobody answers) and is JSON.
 *
 * @throws AppError `forbidden`, `invalid_request`.
 */
export function requireSameOrigin(request: IncomingMessage, publicUrl: string): void {
	const site = request.headers["sec-fetch-site"];
	if (site !== undefined && site !== "same-origin" && site !== "none")
		throw new AppError("forbidden", "Calls from other sites are refused.");
	if (request.method === "GET" || request.method === "HEAD") return;
	if (!isAllowedOrigin(request.headers.origin, request.headers.host, publicUrl))
		throw new AppError("forbidden", "The Origin header is missing or names another site.");
	if (!request.headers["x-parley-client"])
		throw new AppError("forbidden", "The header x-parley-client: NAME/VERSION is missing.");
	if (!/^application\/json(;|$)/i.test(request.headers["content-type"] ?? ""))
		throw new AppError("invalid_request", "The body must be application/json.");
}

/** The public address, or whatever address this request itself was sent to. */
function isAllowedOrigin(origin: string | undefined, host: string | undefined, publicUrl: string): boolean {
	if (!origin || !URL.canParse(origin)) return false;
	const { host: originHost, origin: normal } = new URL(origin);
	return normal === new URL(publicUrl).origin || originHost === host;
}
