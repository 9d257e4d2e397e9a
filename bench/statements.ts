/**
 * Counts what stands between a message and the call of its model: the statements that Parley sends to PostgreSQL from the request's
 * arrival until the provider has the call, read from PostgreSQL's own protocol by a proxy in between.
 */
import { mkdirSync } from "node:fs";
import { connect, createServer, type NetConnectOpts, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { startEmbeddedDatabase } from "../server/embedded-postgres/index.ts";
import type { Goal } from "./goal.ts";
import { toFollowPath } from "./streams.ts";
import { type Parley, type Places, startParley } from "./targets.ts";

/** Messages of the protocol (PostgreSQL, 54.7) that run a statement: Execute of the extended protocol, and Query. */
const runs = new Set(["E".charCodeAt(0), "Q".charCodeAt(0)]);
const roundTripsMax = 2;

interface Counter {
	readonly port: number;
	/** Starts to count. */
	mark(): void;
	/** Statements since then. */
	statements(): number;
	close(): void;
}

/** A proxy before a PostgreSQL that counts the statements of all its connections. */
async function startCounter(target: NetConnectOpts): Promise<Counter> {
	let statements = 0;
	const sockets = new Set<Socket>();
	const server: Server = createServer((client) => {
		const upstream = connect(target);
		const count = createFrameCounter(() => statements++);
		for (const socket of [client, upstream]) {
			sockets.add(socket);
			socket.on("error", () => undefined);
		}
		client.on("data", (bytes) => {
			count(bytes);
			upstream.write(bytes);
		});
		upstream.on("data", (bytes) => client.write(bytes));
		client.on("close", () => upstream.destroy());
		upstream.on("close", () => client.destroy());
	});
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	const address = server.address();
	if (address === null || typeof address === "string") throw new Error("The proxy has no port.");
	return {
		port: address.port,
		mark() {
			statements = 0;
		},
		statements: () => statements,
		close() {
			for (const socket of sockets) socket.destroy();
			server.close();
		},
	};
}

/** Frames of a client: a startup message without a type, then a type byte and a length that counts itself. */
function createFrameCounter(onRun: () => void): (bytes: Buffer) => void {
	let rest: Buffer = Buffer.alloc(0);
	let isStarted = false;
	return (bytes) => {
		rest = rest.length === 0 ? bytes : Buffer.concat([rest, bytes]);
		for (;;) {
			const head = isStarted ? 1 : 0;
			if (rest.length < head + 4) return;
			const length = head + rest.readUInt32BE(head);
			if (rest.length < length) return;
			if (isStarted && runs.has(rest[0] ?? 0)) onRun();
			isStarted = true;
			rest = rest.subarray(length);
		}
	};
}

/**
 * Sends a first and a follow-up message to an idle server and counts. Polls of the idle server fall into the same time: each
 * message is measured several times, and the least counts.
 */
export async function countStatements({ port, folder }: Places, upstreamPort: number): Promise<Goal[]> {
	const embedded = await startEmbeddedDatabase({ dataDir: makeFolder(folder, "counted") });
	const address = new URL(embedded.url);
	const counter = await startCounter(toTarget(address));
	const databaseUrl = new URL(`postgres://127.0.0.1:${counter.port}${address.pathname}`);
	databaseUrl.username = address.username;
	databaseUrl.password = address.password;
	let parley: Parley | null = null;
	try {
		parley = await startParley(
			{ port, folder: makeFolder(folder, "counting") },
			{ upstreamPort, people: 1, nodeArgs: [], databaseUrl: databaseUrl.href },
		);
		const first: number[] = [];
		const followUp: number[] = [];
		for (let round = 0; round < 5; round++) {
			const sent = await sendCounted(parley, counter, {});
			first.push(sent.statements);
			const next = await sendCounted(parley, counter, { threadId: sent.threadId });
			followUp.push(next.statements);
		}
		return [
			toStatementGoal("a first message", Math.min(...first)),
			toStatementGoal("a follow-up message", Math.min(...followUp)),
		];
	} finally {
		await parley?.end();
		counter.close();
		await embedded.stop();
	}
}

/** Where the embedded database listens: a Unix socket, or loopback. */
function toTarget(address: URL): NetConnectOpts {
	const folder = address.searchParams.get("host");
	const port = Number(address.port || "5432");
	return folder?.startsWith("/") ? { path: `${folder}/.s.PGSQL.${port}` } : { host: "127.0.0.1", port };
}

function makeFolder(parent: string, name: string): string {
	const folder = join(parent, name);
	mkdirSync(folder, { mode: 0o755 });
	return folder;
}

const toStatementGoal = (what: string, measured: number): Goal => ({
	what: `statements before the provider's call: ${what}`,
	measured,
	goal: roundTripsMax,
	unit: "",
	isReached: measured > 0 && measured <= roundTripsMax,
	detail: "each one round trip; counted on PostgreSQL's protocol",
});

/** Sends a message, waits until its call's start is stored, and tells what ran until the answer to the send came. */
async function sendCounted(parley: Parley, counter: Counter, more: Record<string, string>) {
	const headers = { "content-type": "application/json", ...parley.people[0]?.headers };
	const body = JSON.stringify({
		clientMessageId: crypto.randomUUID(),
		text: "How do queues behave?",
		model: "warm",
		...more,
	});
	await sleep(300);
	counter.mark();
	const answer = await fetch(`${parley.url}/api/trpc/chat.send`, { method: "POST", headers, body });
	const statements = counter.statements();
	const { result } = await answer.json();
	const { turnId, threadId } = result.data as Record<string, string>;
	const reading = await fetch(`${parley.url}${toFollowPath(turnId ?? "")}`, { headers });
	await reading.text();
	return { statements, threadId: threadId ?? "" };
}
