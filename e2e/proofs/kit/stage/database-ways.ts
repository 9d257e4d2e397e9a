import { type ChaosProxy, startChaosProxy } from "../../../../server/testing/servers/chaos-proxy.ts";
import { hasPgBouncer, startPgBouncer } from "../../../../server/testing/servers/pgbouncer.ts";
import type { RunDatabase } from "./run-database.ts";

/** How an instance reaches the database: in plain text, over TLS, or through PgBouncer in transaction mode. */
export type DatabaseWay = "plain" | "tls" | "pooler";

/** The settings and the proxy of one instance's way. */
export interface OpenWay {
	readonly way: DatabaseWay;
	readonly env: Record<string, string>;
	/** Misbehaves on request, between the instance and everything that leads to the database. */
	readonly proxy: ChaosProxy;
}

/** The ways that are possible here, in the order in which instances take turns. */
export function listWays({ certificate }: Pick<RunDatabase, "certificate">): DatabaseWay[] {
	const ways: DatabaseWay[] = ["plain"];
	if (certificate !== null) ways.unshift("tls");
	if (hasPgBouncer()) ways.unshift("pooler");
	return ways;
}

export async function openWay(
	way: DatabaseWay,
	database: Pick<RunDatabase, "url" | "certificate">,
	stack: AsyncDisposableStack,
): Promise<OpenWay> {
	if (way === "pooler") return await openPooler(database.url, stack);
	const { proxy, url } = await openProxy(database.url, stack);
	if (way === "plain") return { way, env: { DATABASE_URL: url.href }, proxy };
	url.searchParams.set("sslmode", "verify-full");
	url.searchParams.set("sslrootcert", database.certificate ?? "");
	return { way, env: { DATABASE_URL: url.href }, proxy };
}

/** Two proxies that behave as one: before the pooler, and before the database for what cannot go through a pooler. */
async function openPooler(databaseUrl: string, stack: AsyncDisposableStack): Promise<OpenWay> {
	const pooler = await startPgBouncer({ url: databaseUrl, mode: "transaction" });
	stack.defer(pooler.close);
	const pooled = await openProxy(pooler.url, stack);
	const direct = await openProxy(databaseUrl, stack);
	const both = [pooled.proxy, direct.proxy];
	return {
		way: "pooler",
		env: { DATABASE_URL: pooled.url.href, DATABASE_DIRECT_URL: direct.url.href },
		proxy: {
			port: pooled.proxy.port,
			connections: () => both.reduce((sum, proxy) => sum + proxy.connections(), 0),
			set: (change) => {
				for (const proxy of both) proxy.set(change);
			},
			resetAll: () => {
				for (const proxy of both) proxy.resetAll();
			},
			close: async () => void (await Promise.all(both.map((proxy) => proxy.close()))),
		},
	};
}

/** A proxy before this address, and the address that leads through it. */
async function openProxy(
	target: string,
	stack: AsyncDisposableStack,
): Promise<{ readonly proxy: ChaosProxy; readonly url: URL }> {
	const url = new URL(target);
	const proxy = await startChaosProxy({ target: { host: url.hostname, port: Number(url.port || 5432) } });
	stack.defer(() => proxy.close());
	url.hostname = "127.0.0.1";
	url.port = String(proxy.port);
	return { proxy, url };
}
