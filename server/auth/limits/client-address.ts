import { BlockList, isIPv4, isIPv6 } from "node:net";

/** The request header in which the entry tells next-auth's route the client's address. It overwrites what came in. */
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
 * The address that limits apply to; of IPv6 the network, for one customer has all of its addresses. `x-forwarded-for` counts
 * only as far as our own proxies wrote it: from the right, the first entry that is none of them. A caller on this machine
 * without a proxy has no address: it is the operator's own script.
 */
export function toClientAddress(
	remoteAddress: string | undefined,
	forwardedFor: string | undefined,
	isProxy: IsProxy,
): string | null {
	let address = toPlain(remoteAddress ?? "");
	const hops = (forwardedFor ?? "").split(",").map((hop) => toPlain(hop.trim().slice(0, 64)));
	for (let hop = hops.pop(); hop && isProxy(address); hop = hops.pop()) address = hop;
	if (isLoopback(address)) return null;
	return isIPv6(address) ? toNetwork(address) : address;
}

const toPlain = (address: string) => address.replace(/^::ffff:(?=[\d.]+$)/i, "");

const isLoopback = (address: string) => address === "" || address === "::1" || address.startsWith("127.");

/** The first 64 bits, which are what a provider hands out. */
function toNetwork(address: string): string {
	const [head = "", tail] = (address.split("%", 1)[0] ?? "").split("::");
	const left = head.split(":").filter(Boolean);
	const right = tail?.split(":").filter(Boolean) ?? [];
	const zeros = tail === undefined ? [] : Array.from({ length: 8 - left.length - right.length }, () => "0");
	const groups = [...left, ...zeros, ...right].slice(0, 4);
	return `${groups.map((group) => Number.parseInt(group, 16).toString(16)).join(":")}::/64`;
}
