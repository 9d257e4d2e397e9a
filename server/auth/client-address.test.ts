import { describe, expect, it } from "vitest";
import { toClientAddress } from "./client-address.ts";

describe("toClientAddress", () => {
	it.each([
		["a direct caller's own address", "203.0.113.9", undefined, "203.0.113.9"],
		["and not what a direct caller claims", "203.0.113.9", "198.51.100.1", "203.0.113.9"],
		["what a proxy on this machine saw", "127.0.0.1", "198.51.100.1", "198.51.100.1"],
		["what a proxy in a private network saw", "10.0.0.7", "198.51.100.1", "198.51.100.1"],
		["the nearest proxy's entry, not the caller's", "172.18.0.2", "1.2.3.4, 198.51.100.1", "198.51.100.1"],
		["an IPv4 address in IPv6 clothes", "::ffff:127.0.0.1", "198.51.100.1", "198.51.100.1"],
		["an IPv6 proxy's view", "fd00::1", "2001:db8::1", "2001:db8::1"],
		["a direct caller of the local network", "192.168.1.4", undefined, "192.168.1.4"],
		["nothing for this machine's own scripts", "::1", undefined, null],
		["nothing without a connection", undefined, undefined, null],
	])("is %s", (_, remote, forwarded, address) => {
		expect(toClientAddress(remote, forwarded)).toBe(address);
	});
});
