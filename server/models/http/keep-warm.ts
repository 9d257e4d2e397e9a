import type { ConnectionPool } from "./connection-pool.ts";
import { readStart } from "./provider-fetch.ts";

/** Also how long a connection must last to count as one: it is replaced before it ends. */
const checkIntervalMs = 15_000;

/** A provider that hangs is asked again later. */
const timeoutMs = 5_000;

/** Of a page that is longer nobody needs the rest; its connection is not kept, and asked for less and less. */
const bodyBytesMax = 64 * 1024;

/** Checks left out at most after ones that came to nothing: a quarter of an hour. */
const pauseMax = 60;

/**
 * Opens a connection to each address now and keeps one ready, so that the first words need not wait for TCP and TLS. It
 * costs a `GET /` every 40 s to a provider that is not called: without a key, so nothing is asked of a model and nothing is
 * paid. (Not HEAD: node:http keeps no connection after one whose answer has no length.) What fails here is found out by the
 * next call.
 *
 * @returns how to end it.
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
