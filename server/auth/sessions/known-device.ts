import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { toLimitKey } from "../limits/auth-limits.ts";
import { findCookie, isSecureUrl, toCookieName } from "./cookies.ts";

/**
 * A cookie that says "this browser has signed in to this account before" (OWASP, "Device cookies"). It opens nothing: it
 * only lets the owner's own browser be counted apart from strangers who try passwords for the account.
 */
const cookieName = (publicUrl: string): string => toCookieName(publicUrl, "known-device");

const yearSeconds = 365 * 24 * 60 * 60;

/** A `Set-Cookie` line for a browser that has just signed in. */
export function createDeviceCookie(email: string, { secret, publicUrl }: DeviceNeeds): string {
	const id = randomBytes(16).toString("base64url");
	const attributes = `Path=/; Max-Age=${yearSeconds}; HttpOnly; SameSite=Lax`;
	const value = `${id}.${sign(email, id, secret)}`;
	return `${cookieName(publicUrl)}=${value}; ${attributes}${isSecureUrl(publicUrl) ? "; Secure" : ""}`;
}

/** The id of the device, if its cookie was made for this account; else null. */
export function findKnownDevice(
	cookieHeader: string | undefined,
	email: string,
	{ secret, publicUrl }: DeviceNeeds,
): string | null {
	const [id = "", signature = ""] = findCookie(cookieHeader, cookieName(publicUrl))?.split(".") ?? [];
	const [given, right] = [Buffer.from(signature), Buffer.from(sign(email, id, secret))];
	return given.length === right.length && timingSafeEqual(given, right) ? id : null;
}

interface DeviceNeeds {
	readonly secret: string;
	readonly publicUrl: string;
}

function sign(email: string, id: string, secret: string): string {
	return createHmac("sha256", secret)
		.update(`known device\n${toLimitKey(email)}\n${id}`)
		.digest("base64url");
}
