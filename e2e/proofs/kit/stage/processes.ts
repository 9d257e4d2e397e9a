import * as z from "zod";
import { type Child, findPort, startChild } from "../../../support/child.ts";

/** Every process of a run: none outlives the proof, and their output is kept. */
export interface Processes {
	add(child: Child): void;
	outputs(): readonly string[];
}

export function createProcesses(stack: AsyncDisposableStack): Processes {
	const children: Child[] = [];
	let isOver = false;
	process.once("exit", () => {
		for (const { process: child } of children) child.kill("SIGKILL");
	});
	stack.defer(async () => {
		isOver = true;
		await Promise.all(children.map((child) => child.end("SIGKILL")));
	});
	return {
		add(child) {
			children.push(child);
			// A restart that was in progress when the run ended.
			if (isOver) child.process.kill("SIGKILL");
		},
		outputs: () => children.map((child) => child.output()),
	};
}

const started = z.object({ url: z.string() });

/** Starts a provider simulator as a process of its own. */
export async function startSimulator(
	processes: Processes,
	args: readonly string[],
): Promise<{ readonly url: string; readonly child: Child }> {
	const child = startChild("server/simulator/main.ts", ["--json", ...args], {});
	processes.add(child);
	const [line] = await child.waitFor(/^\{.*\}$/m);
	return { ...started.parse(JSON.parse(line)), child };
}

/** The first port to try: above those of the browser tests, and another one for each run on a machine. */
const portMin = 4_700 + (process.pid % 400) * 10;

export async function findPorts(count: number): Promise<number[]> {
	const ports: number[] = [];
	while (ports.length < count) ports.push(await findPort((ports.at(-1) ?? portMin) + 1));
	return ports;
}
