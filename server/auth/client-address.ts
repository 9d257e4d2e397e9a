/** The request header in which the entry tells next-auth's route the client's address. It overwrites what came in. */
export const clientAddressHeader = "x-parley-client-address";

/**
 * The address that limits apply to. `x-forwarded-for` counts only when the connection itself comes from this machine or
 * a private network, where reverse proxies stand; of its entries the last, which the nearest proxy wrote. A caller on
 * this machine without a proxy has no address: it is the operator's own script.
 */
export function toClientAddress(
	remoteAddress: string | undefined,
	forwardedFor: string | undefined,
): string | null {
	const remote = (remoteAddress ?? "").replace(/^::ffff:/i, "");
	if (!isPrivate(remote)) return remote || null;
	const forwarded = forwardedFor?.split(",").at(-1)?.trim();
	if (forwarded) return forwarded.slice(0, 64);
	return isLoopback(remote) ? null : remote;
}

const isLoopback = (address: string) => address === "" || address === "::1" || address.startsWith("127.");

/** RFC 1918, RFC 6598 (shared), RFC 3927 and RFC 4193 with RFC 4291 link-local. */
const isPrivate = (address: string) =>
	isLoopback(address) ||
	/^(10\.|192\.168\.|169\.254\.|172\.(1[6-9]|2\d|3[01])\.|100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.)/.test(
		address,
	) ||
	/^(f[cd][0-9a-f]{2}|fe[89ab][0-9a-f]):/i.test(address);
