import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createAnswerPlanner } from "./answers/plan-answer.ts";
import { createFaultPicker } from "./faults/choose-fault.ts";
import { countByCharacters, createPublishedCount } from "./formats/count-prompt.ts";
import { createPromptCache } from "./prompt-cache/prompt-cache.ts";
import { loadRecordings } from "./recordings/recordings.ts";
import { defaultPrices, type InvoiceLine, type PriceTable, toInvoice } from "./requests/invoice.ts";
import { defaultOptions, mergeSelections, type SimOptions } from "./requests/options.ts";
import { createRequestLog, type RequestRecord, type RequestStats } from "./requests/request-log.ts";
import { routeRequest } from "./requests/route-request.ts";

export interface UpstreamInput {
	/** Without it or with 0: any free port. */
	readonly port?: number;
	readonly host?: string;
	/** Paths of recordings files beside the project's own. */
	readonly recordings?: readonly string[];
	readonly prices?: PriceTable;
	/** The options of requests that select no others: `ttft=300,tps=80`. Without it: as fast as possible. */
	readonly sim?: string;
	/** How prompts are counted: four characters a token, or by the published encodings. */
	readonly tokenizer?: "characters" | "published";
	/** Milliseconds of the clock by which kept prompts expire. */
	readonly now?: () => number;
	/** Of the random numbers for `p`; the same seed gives the same numbers. */
	readonly seed?: number;
}

export interface Upstream {
	/** Without `/v1`: `http://127.0.0.1:4100`. */
	readonly url: string;
	readonly port: number;
	requests(): readonly RequestRecord[];
	invoice(): InvoiceLine[];
	stats(): RequestStats;
	/** Forgets requests and counters, and starts the random numbers again. */
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
	/** Another program may have taken the port in the meantime: tries again until it is free. */
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
	const { host = "127.0.0.1", prices = defaultPrices } = input;
	const defaults: SimOptions = { ...defaultOptions, ...mergeSelections([input.sim ?? null]) };
	const recordings = loadRecordings(input.recordings ?? []);
	const log = createRequestLog();
	const faultPicker = createFaultPicker(input.seed ?? 1);
	const countPrompt = input.tokenizer === "published" ? await createPublishedCount() : countByCharacters;
	const promptCache = createPromptCache({ countPrompt, now: input.now ?? Date.now });
	const reset = () => {
		log.reset();
		promptCache.reset();
		faultPicker.reset();
	};
	const server = createServer({ keepAliveTimeout: 75_000, requestTimeout: 0 });
	const gate = createPortGate(server);
	const port = await listen(server, input.port ?? 0, host);
	const simulator = {
		log,
		faultPicker,
		planner: createAnswerPlanner(recordings),
		recordings,
		defaults,
		countPrompt,
		promptCache,
		models: recordings.models,
		prices,
		reset,
		refuseConnections: (forMs: number) => gate.shut({ port, host }, forMs),
	};
	server.on("connection", (socket) => {
		log.stats.newConnections += 1;
		socket.setNoDelay(true);
		// A connection that its client resets is recorded when the response closes.
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
