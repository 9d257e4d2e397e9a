import { BlockList, isIPv4, isIPv6 } from "node:net";

/** The request header in which the HTTP server passes the client's address to next-auth's route. It replaces what came in. */
export const clientAddressHeader = "x-parley-client-address";

/** Whether an address belongs to one of our own reverse proxies. */
export type IsProxy = (address: string) => boolean;

/** Reads the list of proxies: addresses, and networks such as 10.0.0.0/8. */
export function createProxyList(entries: readonly string[]): IsProxy {
	const list = new BlockList();
	for (const entry of entries) {
		const [address = "", bits] = entry.split("/");
		const family = isIPv6(address) ? "ipv6" : "ipv4";
		if (bits === undefined) list.addAddress(address, family);
		else list.addSubnet(address, Number(bits), family);
	}
	return (address) =>
		(isIPv4(address) || isIPv6(address)) && list.check(address, isIPv6(address) ? "ipv6" : "ipv4");
}

/**
 * The address that limits apply to; for IPv6 the /64 network, because one customer owns all of its addresses. Entries of
 * `x-forwarded-for` count only as far as our own proxies wrote them: from the right, the first entry that is none of our
 * proxies. Null for a caller on this machine without a proxy, which is the operator's own script.
 */
export function toClientAddress(
	remoteAddress: string | undefined,
	forwardedFor: string | undefined,
	isProxy: IsProxy,
): string | null {
	let address = toPlain(remoteAddress ?? "");
	const hops = (forwardedFor ?? "").split(",").map((hop) => toPlain(withoutPort(hop.trim().slice(0, 64))));
	for (let hop = hops.pop(); hop && isProxy(address); hop = hops.pop()) address = hop;
	if (isLoopback(address)) return null;
	return isIPv6(address) ? toNetwork(address) : address;
}

/** Some proxies add the port, and write an IPv6 address in brackets or quotes (RFC 7239, section 6). */
function withoutPort(hop: string): string {
	const [, bracketed, plain] = /^"?(?:\[([^\]]+)\](?::\d+)?|([\d.]+):\d+)"?$/.exec(hop) ?? [];
	const address = bracketed ?? plain;
	return address !== undefined && (isIPv6(address) || isIPv4(address)) ? address : hop;
}

const toPlain = (address: string) => address.replace(/^::ffff:(?=[\d.]+$)/i, "");

const isLoopback = (address: string) => address === "" || address === "::1" || address.startsWith("127.");

/** The first 64 bits, the smallest network that providers assign. */
function toNetwork(address: string): string {
	const [head = "", tail] = (address.split("%", 1)[0] ?? "").split("::");
	const left = head.split(":").filter(Boolean);
	const right = tail?.split(":").filter(Boolean) ?? [];
	const zeros = tail === undefined ? [] : Array.from({ length: 8 - left.length - right.length }, () => "0");
	const groups = [...left, ...zeros, ...right].slice(0, 4);
	return `${groups.map((group) => Number.parseInt(group, 16).toString(16)).join(":")}::/64`;
}
