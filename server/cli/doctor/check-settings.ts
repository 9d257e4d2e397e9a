import { isIP } from "node:net";
import type { Settings } from "../../settings/index.ts";

/** One line of `parley doctor`. `fail` makes exit code 1; `warn` is worth a look. */
export interface Finding {
	readonly check: string;
	readonly state: "ok" | "warn" | "fail";
	readonly detail: string;
}

type CheckedSettings = Pick<
	Settings,
	"port" | "host" | "publicUrl" | "instances" | "rateStore" | "authSecret" | "mail" | "signUp"
>;

/** Settings that are valid each by itself and do not go together. */
export function checkSettings(settings: CheckedSettings): Finding[] {
	const found = [
		findMissingPublicUrl(settings),
		findPlainHttp(settings),
		findSeparateSecrets(settings),
		findSeparateLimits(settings),
		findMissingMail(settings),
	].filter((finding) => finding !== null);
	return found.length > 0 ? found : [{ check: "settings", state: "ok", detail: "no contradictions" }];
}

const isDefaultUrl = ({ publicUrl, port }: CheckedSettings) => publicUrl === `http://localhost:${port}`;
const isLocalName = (name: string) => name === "localhost" || name === "[::1]" || name.startsWith("127.");

function findMissingPublicUrl(settings: CheckedSettings): Finding | null {
	if (!isDefaultUrl(settings) || isLocalName(settings.host)) return null;
	return {
		check: "public address",
		state: "warn",
		detail: `the server listens on ${settings.host}, but PARLEY_PUBLIC_URL is not set: links in emails, sign-in with providers and pages under a domain name do not work. Set PARLEY_PUBLIC_URL to the address that people type`,
	};
}

function findPlainHttp(settings: CheckedSettings): Finding | null {
	const { protocol, hostname } = new URL(settings.publicUrl);
	if (protocol === "https:" || isLocalName(hostname) || isIP(hostname) !== 0) return null;
	return {
		check: "encryption",
		state: "warn",
		detail: `${settings.publicUrl} is not https: passwords and sessions cross the network readable`,
	};
}

function findSeparateSecrets(settings: CheckedSettings): Finding | null {
	if (settings.instances === 1 || settings.authSecret !== null) return null;
	return {
		check: "sessions",
		state: "fail",
		detail:
			"PARLEY_INSTANCES is above 1 and AUTH_SECRET is not set: each process makes a secret of its own, and a session of one is no session of the others",
	};
}

function findSeparateLimits(settings: CheckedSettings): Finding | null {
	if (settings.instances === 1 || settings.rateStore !== null) return null;
	return {
		check: "rate limits",
		state: "warn",
		detail: `without REDIS_URL each of ${settings.instances} processes counts with its share of the limits`,
	};
}

function findMissingMail({ mail, signUp }: CheckedSettings): Finding | null {
	if (mail !== null || signUp === "off") return null;
	return {
		check: "email",
		state: "warn",
		detail: "SMTP_URL is not set: an administrator hands out invitations and password links",
	};
}
