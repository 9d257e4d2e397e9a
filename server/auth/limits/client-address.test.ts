import { describe, expect, it } from "vitest";
import { createProxyList, toClientAddress } from "./client-address.ts";

const isProxy = createProxyList(["127.0.0.1", "::1", "10.0.0.0/8", "fd00::/8"]);

describe("toClientAddress", () => {
	it.each([
		["a direct caller's own address", "203.0.113.9", undefined, "203.0.113.9"],
		["and not what a direct caller claims", "203.0.113.9", "198.51.100.1", "203.0.113.9"],
		["nor what a client in a private network claims", "192.168.1.4", "198.51.100.1", "192.168.1.4"],
		["what a proxy on this machine saw", "127.0.0.1", "198.51.100.1", "198.51.100.1"],
		["what a proxy in a named network saw", "10.0.0.7", "198.51.100.1", "198.51.100.1"],
		[
			"what the nearest proxy saw, not what the caller wrote",
			"10.0.0.7",
			"1.2.3.4, 198.51.100.1",
			"198.51.100.1",
		],
		["what the first of two proxies saw", "127.0.0.1", "1.2.3.4, 198.51.100.1, 10.0.0.7", "198.51.100.1"],
		["a proxy's own address when it says nothing", "10.0.0.7", undefined, "10.0.0.7"],
		["an IPv4 address in IPv6 clothes", "::ffff:127.0.0.1", "::ffff:198.51.100.1", "198.51.100.1"],
		["of IPv6 the network", "2001:db8:0:1:2:3:4:5", undefined, "2001:db8:0:1::/64"],
		["the same network however it is written", "::1", "2001:0DB8::1:2:3:4:5", "2001:db8:0:1::/64"],
		["an IPv6 proxy's view", "fd00::1", "2001:db8::1", "2001:db8:0:0::/64"],
		["what a proxy saw, without the port", "127.0.0.1", "198.51.100.1:52110", "198.51.100.1"],
		["also through two proxies", "127.0.0.1", "1.2.3.4:1, 198.51.100.1:52110, 10.0.0.7:8080", "198.51.100.1"],
		["an IPv6 address without brackets and port", "127.0.0.1", "[2001:db8:0:1::9]:443", "2001:db8:0:1::/64"],
		["an IPv6 address in brackets alone", "127.0.0.1", "[2001:db8:0:1::9]", "2001:db8:0:1::/64"],
		["an address in the quotes of RFC 7239", "127.0.0.1", '"[2001:db8:0:1::9]:443"', "2001:db8:0:1::/64"],
		["an IPv4 address with a port in IPv6 form", "127.0.0.1", "[::ffff:198.51.100.1]:80", "198.51.100.1"],
		["nothing for this machine's own scripts", "::1", undefined, null],
		["nothing without a connection", undefined, undefined, null],
	])("is %s", (_, remote, forwarded, address) => {
		expect(toClientAddress(remote, forwarded, isProxy)).toBe(address);
	});

	it("takes what a proxy wrote as it is, also when it is no address", () => {
		expect(toClientAddress("127.0.0.1", "unknown", isProxy)).toBe("unknown");
		expect(toClientAddress("127.0.0.1", "x".repeat(9_000), isProxy)).toHaveLength(64);
	});
});
