import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createFaultDice } from "./choose-fault.ts";
import { type InvoiceLine, type PriceTable, standardPrices, toInvoice } from "./invoice.ts";
import { mergeSelections, type SimOptions, standardOptions } from "./options.ts";
import { createAnswerPlanner } from "./plan-answer.ts";
import { loadRecordings } from "./recordings.ts";
import { createRequestLog, type RequestRecord, type RequestStats } from "./request-log.ts";
import { routeRequest } from "./route-request.ts";

export interface UpstreamInput {
	/** 0, the standard: any free port. */
	readonly port?: number;
	readonly host?: string;
	/** Paths of recordings files beside the project's own. */
	readonly recordings?: readonly string[];
	readonly prices?: PriceTable;
	/** What every request gets that selects nothing else: `ttft=300,tps=80`. Standard: as fast as possible. */
	readonly sim?: string;
	/** Of the throws that `p` needs; the same seed gives the same throws. */
	readonly seed?: number;
}

export interface Upstream {
	/** Without `/v1`: `http://127.0.0.1:4100`. */
	readonly url: string;
	readonly port: number;
	requests(): readonly RequestRecord[];
	invoice(): InvoiceLine[];
	stats(): RequestStats;
	/** Forgets requests, counters and throws. */
	reset(): void;
	/** Ends every answer and frees the port. */
	close(): Promise<void>;
}

const listen = (server: Server, port: number, host: string) =>
	new Promise<number>((resolve, reject) => {
		server.once("error", reject);
		server.listen(port, host, () => {
			server.removeListener("error", reject);
			resolve((server.address() as AddressInfo).port);
		});
	});

/** Closes the listening port for a while, so that connecting fails; open connections stay. */
function createPortGate(server: Server) {
	let timer: NodeJS.Timeout | undefined;
	let isShut = false;
	/** Someone else may have taken the port in the meantime; it is tried again until it is free. */
	function reopen(at: { readonly port: number; readonly host: string }) {
		server.once("error", () => {
			timer = setTimeout(reopen, 100, at);
		});
		server.listen(at.port, at.host, () => {
			isShut = false;
			server.removeAllListeners("error");
		});
	}
	return {
		shut(at: { readonly port: number; readonly host: string }, forMs: number) {
			clearTimeout(timer);
			if (!isShut) server.close();
			isShut = true;
			server.closeIdleConnections();
			timer = setTimeout(reopen, forMs, at);
		},
		isShut: () => isShut,
		forget: () => clearTimeout(timer),
	};
}

/** Starts a simulator. @throws Error for unreadable recordings, SimSpecError for a bad `sim`, EADDRINUSE. */
export async function startUpstream(input: UpstreamInput = {}): Promise<Upstream> {
	const { host = "127.0.0.1", prices = standardPrices } = input;
	const defaults: SimOptions = { ...standardOptions, ...mergeSelections([input.sim ?? null]) };
	const recordings = loadRecordings(input.recordings ?? []);
	const log = createRequestLog();
	const dice = createFaultDice(input.seed ?? 1);
	const reset = () => {
		log.reset();
		dice.reset();
	};
	const server = createServer({ keepAliveTimeout: 75_000, requestTimeout: 0 });
	const gate = createPortGate(server);
	const port = await listen(server, input.port ?? 0, host);
	const simulator = {
		log,
		dice,
		planner: createAnswerPlanner(recordings),
		recordings,
		defaults,
		models: recordings.models,
		prices,
		reset,
		refuseConnections: (forMs: number) => gate.shut({ port, host }, forMs),
	};
	server.on("connection", (socket) => {
		log.stats.newConnections += 1;
		socket.setNoDelay(true);
		// A client that resets its connection is no news here: the response's end says so.
		socket.on("error", () => {});
	});
	server.on("request", (request, response) => {
		if (gate.isShut()) return void request.socket.destroy();
		routeRequest(request, response, simulator);
	});
	return {
		url: `http://${host.includes(":") ? `[${host}]` : host}:${port}`,
		port,
		requests: log.list,
		invoice: () => toInvoice(log.list(), prices),
		stats: () => ({ ...log.stats }),
		reset,
		async close() {
			gate.forget();
			server.closeAllConnections();
			if (server.listening) await new Promise((resolve) => server.close(resolve));
		},
	};
}
