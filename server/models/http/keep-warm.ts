import type { ConnectionPool } from "./connection-pool.ts";
import { readStart } from "./provider-fetch.ts";

/** A connection that ends before the next check is replaced now. */
const checkIntervalMs = 15_000;

/** Of one request; a provider that does not answer is asked again later. */
const timeoutMs = 5_000;

/** A longer page is not read to its end, so its connection cannot be kept; the pauses then grow. */
const bodyBytesMax = 64 * 1024;

/** The most checks that are left out after failures: a quarter of an hour. */
const pauseMax = 60;

/**
 * Opens a connection to each address now and keeps one ready, so that a call does not wait for TCP and TLS. A provider without calls
 * gets a `GET /` every 40 s, without a key: no model runs and nothing is paid. (Not HEAD: node:http does not keep the connection of
 * a HEAD response without a length.) Failures are ignored; the next call reports its own.
 *
 * @returns a function that stops it.
 */
export function keepWarm(
	addresses: readonly string[],
	{ pool, fetch }: { readonly pool: ConnectionPool; readonly fetch: typeof globalThis.fetch },
): () => void {
	const origins = Array.from(new Set(addresses.map((address) => new URL(address).origin)));
	const waits = origins.map((origin) => ({ url: new URL(origin), pause: 0, pauseNext: 0 }));
	const ending = new AbortController();
	const check = () => {
		for (const wait of waits) {
			if (pool.isWarm(wait.url, checkIntervalMs)) Object.assign(wait, { pause: 0, pauseNext: 0 });
			else if (wait.pause > 0) wait.pause -= 1;
			else {
				Object.assign(wait, {
					pause: wait.pauseNext,
					pauseNext: Math.min(pauseMax, wait.pauseNext * 2 + 1),
				});
				const signal = AbortSignal.any([ending.signal, AbortSignal.timeout(timeoutMs)]);
				open(wait.url, fetch, signal).catch(() => undefined);
			}
		}
	};
	check();
	const timer = setInterval(check, checkIntervalMs).unref();
	return () => {
		clearInterval(timer);
		ending.abort();
	};
}

async function open(url: URL, fetch: typeof globalThis.fetch, signal: AbortSignal): Promise<void> {
	await readStart(await fetch(url, { redirect: "manual", signal }), bodyBytesMax);
}
