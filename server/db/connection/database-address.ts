import { isIP } from "node:net";
import { userInfo } from "node:os";
import { domainToASCII } from "node:url";

/**
 * How a connection is encrypted, in libpq's words: `prefer` falls back to plain text, `require` encrypts without asking who
 * answers, `verify-ca` checks the certificate's issuer, `verify-full` its name too.
 */
export interface TlsMode {
	readonly mode: "prefer" | "require" | "verify-ca" | "verify-full";
	/** Paths of PEM files. Without `rootCert` Node's own list of authorities counts. */
	readonly rootCert: string | null;
	readonly cert: string | null;
	readonly key: string | null;
}

/** Where a PostgreSQL is and as whom to reach it. */
export interface DatabaseAddress {
	/** A name or an IP address without brackets; for a Unix socket its folder. */
	readonly host: string;
	readonly port: number;
	/** The path of the Unix socket; null for TCP. */
	readonly socketPath: string | null;
	readonly user: string;
	readonly password: string;
	readonly database: string;
	/** null = plain text. */
	readonly tls: TlsMode | null;
	/** Sent as the start-up parameter `options`; null = none. */
	readonly options: string | null;
}

/** What is wrong with an address, in words for the operator and without any part of its password. */
export class AddressMistake extends Error {
	override readonly name = "AddressMistake";
}

const example = "postgres://user:password@host:5432/name";
const encodeHint =
	"Encode special characters in the user and the password (% is %25, # is %23, / is %2F, ? is %3F, @ is %40)";
const parameters = [
	...["host", "port", "user", "password", "dbname", "sslmode", "sslrootcert", "sslcert", "sslkey"],
	...["application_name", "connect_timeout", "options", "channel_binding"],
];
const tlsModes = ["prefer", "require", "verify-ca", "verify-full"] as const;

/**
 * Reads a connection URI as libpq does (PostgreSQL, 34.1.1.2): `[::1]`, `?host=/run/postgresql` for a Unix socket,
 * `sslmode`. `application_name` and `connect_timeout` are accepted and have no effect.
 *
 * @throws {AddressMistake}
 */
export function parseDatabaseAddress(text: string): DatabaseAddress {
	const whole = /^postgres(?:ql)?:\/\/([^/?#]*)(?:\/([^?#]*))?(?:\?([^#]*))?$/s.exec(text);
	if (whole === null) throw new AddressMistake(explainShape(text));
	const [, authority = "", path = "", query = ""] = whole;
	if (/@/.test(path) || (/@/.test(query) && !authority.includes("@")))
		throw new AddressMistake(`cannot be read. ${encodeHint}; it must look like ${example}`);
	const at = authority.lastIndexOf("@");
	const [givenUser = "", ...passwordParts] = at < 0 ? [] : authority.slice(0, at).split(":");
	const given = readParameters(query);
	const place = readPlace(authority.slice(at + 1), given);
	const user = decode(given.user ?? givenUser) || userInfo().username;
	const tls = readTls(given);
	return {
		...place,
		user,
		password: decode(given.password ?? passwordParts.join(":")),
		database: decode(given.dbname ?? path) || user,
		tls: place.socketPath === null ? tls : null,
		options: given.options === undefined ? null : decode(given.options),
	};
}

/** Where the database is, for messages: without user and password. */
export function toPlace({ host, port, socketPath }: DatabaseAddress): string {
	return socketPath ?? (host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`);
}

function explainShape(text: string): string {
	if (/^postgres(ql)?:\/\/.*#/s.test(text)) return `cannot be read. ${encodeHint}`;
	if (/\b(host|dbname)\s*=/.test(text)) return `must be a URL, such as ${example}`;
	return `must look like ${example}`;
}

/** Percent-encoded values by name; a name that is not known would be ignored without a word, so it is a mistake. */
function readParameters(query: string): Partial<Record<string, string>> {
	const entries = query.split("&").filter(Boolean);
	const given: Partial<Record<string, string>> = {};
	for (const entry of entries) {
		const [name = "", ...value] = entry.split("=");
		if (!parameters.includes(name)) throw new AddressMistake(explainParameter(name, entries.length));
		given[name] = value.join("=");
	}
	if (given.channel_binding === "require")
		throw new AddressMistake(
			"channel_binding=require is not supported: remove it, sslmode=verify-full protects too",
		);
	return given;
}

function explainParameter(name: string, count: number): string {
	if (name === "ssl") return "has the parameter ssl: write sslmode=require or sslmode=verify-full";
	if (name === "pgbouncer")
		return "has the parameter pgbouncer: remove it, and set DATABASE_DIRECT_URL to the address that does not lead through the pooler";
	const isName = /^[a-z_]{1,40}$/.test(name) && count < 20;
	return `has a parameter that is not known${isName ? ` (${name})` : ""}. Known are ${parameters.join(", ")}. ${encodeHint}`;
}

function readPlace(
	authority: string,
	given: Partial<Record<string, string>>,
): Pick<DatabaseAddress, "host" | "port" | "socketPath"> {
	const [, bracketed, plain = "", portText = ""] =
		/^(?:\[([^\]]*)\]|([^:]*))(?::(\d*))?$/.exec(authority) ?? explainHost(authority);
	const host = decode(given.host ?? bracketed ?? plain) || "localhost";
	const port = Number(given.port || portText || 5432);
	if (!(port >= 1 && port <= 65_535)) throw new AddressMistake("has a port that is not from 1 to 65535");
	if (host.startsWith("/")) return { host, port, socketPath: `${host}/.s.PGSQL.${port}` };
	if (host.includes(",")) throw new AddressMistake("names several hosts: name one, or a proxy before them");
	const isIpv6 = bracketed !== undefined || host.includes(":");
	if (isIpv6 && isIP(host) !== 6)
		throw new AddressMistake("has brackets around something that is no IPv6 address");
	const ascii = isIP(host) ? host : domainToASCII(host);
	if (ascii === "") throw new AddressMistake(`has a host that cannot be read. ${encodeHint}`);
	return { host: ascii, port, socketPath: null };
}

function explainHost(authority: string): never {
	const host = authority.slice(0, authority.lastIndexOf(":"));
	if (isIP(authority) === 6 || isIP(host) === 6)
		throw new AddressMistake(
			"has an IPv6 address without brackets: write postgres://user:password@[::1]:5432/name",
		);
	if (authority.includes(","))
		throw new AddressMistake("names several hosts: name one, or a proxy before them");
	throw new AddressMistake(`cannot be read. ${encodeHint}; it must look like ${example}`);
}

function readTls(given: Partial<Record<string, string>>): TlsMode | null {
	const { sslmode = "disable", sslrootcert, sslcert, sslkey } = given;
	if (sslmode === "disable") {
		if (sslrootcert || sslcert || sslkey)
			throw new AddressMistake("names certificates without sslmode: add sslmode=verify-full");
		return null;
	}
	const mode = tlsModes.find((each) => each === sslmode);
	if (mode === undefined)
		throw new AddressMistake(`has an sslmode that is not disable, ${tlsModes.join(", ")}`);
	if (Boolean(sslcert) !== Boolean(sslkey))
		throw new AddressMistake("needs sslcert and sslkey together, or neither");
	const rootCert = sslrootcert === undefined || sslrootcert === "system" ? null : decode(sslrootcert);
	return {
		// As libpq does: who names an authority wants it checked.
		mode: mode === "require" && rootCert !== null ? "verify-ca" : mode,
		rootCert,
		cert: sslcert ? decode(sslcert) : null,
		key: sslkey ? decode(sslkey) : null,
	};
}

function decode(text: string): string {
	try {
		return decodeURIComponent(text);
	} catch {
		throw new AddressMistake(`cannot be read: a % is not followed by two hexadecimal digits. ${encodeHint}`);
	}
}
