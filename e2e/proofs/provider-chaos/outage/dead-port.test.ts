import { request } from "node:http";
import { expect, it } from "vitest";
import { findPort } from "../../../support/child.ts";
import { listenAtDeadPort } from "./dead-port.ts";

it("counts every request of a model, answers none, and does not count who keeps a connection warm", async () => {
	const port = await findPort(5_300);
	const deadPort = await listenAtDeadPort(port);
	const send = (method: string) =>
		new Promise<string>((resolve) => {
			const outgoing = request({ port, host: "127.0.0.1", method, agent: false }, () => resolve("answered"));
			outgoing.on("error", (error) => resolve("code" in error ? String(error.code) : error.message));
			outgoing.end();
		});
	expect(await Promise.all(["POST", "GET", "POST"].map(send))).toEqual(Array(3).fill("ECONNRESET"));
	await deadPort.close();
	expect(deadPort.connectionAttempts).toHaveLength(2);
	await expect
		.poll(() => deadPort.connectionAttempts.every(({ fromMs, toMs }) => toMs !== null && toMs > fromMs))
		.toBe(true);
	expect(await send("POST")).toBe("ECONNREFUSED");
});
