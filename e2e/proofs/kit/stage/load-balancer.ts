import http from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { request as ask, instanceHeader } from "../clients/http-exchange.ts";

const healthEveryMs = 250;
const healthTimeoutMs = 1_000;

/** A connection that broke between the load balancer and an instance. */
export interface Cut {
	readonly atMs: number;
	readonly instance: number;
	/** `connect`: nothing listened. `head`: no answer began. `body`: an answer broke off. */
	readonly where: "connect" | "head" | "body";
	readonly path: string;
}

/** A load balancer before the instances: round robin over those that report that they are ready. */
export interface LoadBalancer {
	readonly url: string;
	readonly cuts: readonly Cut[];
	isReady(instance: number): boolean;
	close(): void;
}

/** Starts before the instances do: instance n will listen at `ports[n]`. */
export async function startLoadBalancer(ports: readonly number[]): Promise<LoadBalancer> {
	const ready = new Set<number>();
	const cuts: Cut[] = [];
	const agent = new http.Agent({ keepAlive: false });
	let turn = 0;
	let isClosed = false;

	async function watch(instance: number, port: number) {
		for (; !isClosed; await sleep(healthEveryMs)) {
			const url = `http://127.0.0.1:${port}/api/health/ready`;
			const health = await ask(url, { method: "GET", timeoutMs: healthTimeoutMs }).catch(() => null);
			if (health?.status === 200) ready.add(instance);
			else ready.delete(instance);
		}
	}

	function pass(request: http.IncomingMessage, response: http.ServerResponse) {
		const candidates = ports.flatMap((port, instance) => (ready.has(instance) ? [{ instance, port }] : []));
		const chosen = candidates[turn++ % candidates.length];
		if (!chosen) return refuse(response);
		const { instance, port } = chosen;
		const { method, url: path = "/", headers } = request;
		const note = (where: Cut["where"]) => cuts.push({ atMs: Date.now(), instance, where, path });
		const onward = http.request({ agent, host: "127.0.0.1", port, method, path, headers }, (answer) => {
			response.writeHead(answer.statusCode ?? 502, { ...answer.headers, [instanceHeader]: instance });
			answer.pipe(response);
			answer.once("close", () => {
				if (answer.complete || response.destroyed) return;
				note("body");
				response.destroy();
			});
		});
		onward.on("error", (error) => {
			if (response.destroyed || response.headersSent) return;
			const isRefused = "code" in error && error.code === "ECONNREFUSED";
			if (isRefused) ready.delete(instance);
			note(isRefused ? "connect" : "head");
			refuse(response);
		});
		response.once("close", () => response.writableFinished || onward.destroy());
		request.pipe(onward);
	}

	const server = http.createServer({ keepAlive: false, requestTimeout: 0 }, pass);
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	for (const [instance, port] of ports.entries()) void watch(instance, port);
	return {
		url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
		cuts,
		isReady: (instance) => ready.has(instance),
		close() {
			isClosed = true;
			server.closeAllConnections();
			server.close();
		},
	};
}

function refuse(response: http.ServerResponse) {
	response.writeHead(502, { "content-type": "text/plain", connection: "close" });
	response.end("no instance");
}
