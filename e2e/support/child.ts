import { type ChildProcess, spawn } from "node:child_process";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";

const projectDir = fileURLToPath(new URL("../..", import.meta.url));

export interface Child {
	readonly process: ChildProcess;
	/** Everything it has printed so far. */
	output(): string;
	/** Resolves with the first match; rejects with the output when the process ends before. */
	waitFor(pattern: RegExp): Promise<RegExpMatchArray>;
	/** Ends exactly this process and resolves when it is gone. */
	end(signal: NodeJS.Signals): Promise<void>;
}

/** Runs one of the project's own programs with Node and nothing in its environment but what is given and trusted certificates. */
export function startChild(program: string, args: readonly string[], env: Record<string, string>): Child {
	const { PATH = "", HOME = "", NODE_EXTRA_CA_CERTS } = process.env;
	const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", program, ...args], {
		cwd: projectDir,
		env: { PATH, HOME, ...(NODE_EXTRA_CA_CERTS && { NODE_EXTRA_CA_CERTS }), NODE_ENV: "production", ...env },
		stdio: ["ignore", "pipe", "pipe"],
	});
	let printed = "";
	const listeners = new Set<() => void>();
	const hear = (chunk: Buffer) => {
		printed += chunk.toString("utf8");
		for (const listener of listeners) listener();
	};
	child.stdout.on("data", hear);
	child.stderr.on("data", hear);
	const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
	return {
		process: child,
		output: () => printed,
		waitFor(pattern) {
			const { promise, resolve, reject } = Promise.withResolvers<RegExpMatchArray>();
			const look = () => {
				const match = printed.match(pattern);
				if (match) resolve(match);
			};
			listeners.add(look);
			look();
			void exited.then(() => reject(new Error(`${program} ended before ${pattern}:\n${printed}`)));
			return promise.finally(() => listeners.delete(look));
		},
		async end(signal) {
			if (child.exitCode === null && child.signalCode === null) child.kill(signal);
			await exited;
		},
	};
}

/** The first free port from 4500 on. */
export async function findPort(from = 4500): Promise<number> {
	for (let port = from; port < from + 100; port++) if (await isFree(port)) return port;
	throw new Error(`No free port from ${from} to ${from + 99}.`);
}

function isFree(port: number): Promise<boolean> {
	return new Promise((resolve) => {
		const server = createServer();
		server.once("error", () => resolve(false));
		server.listen(port, "localhost", () => server.close(() => resolve(true)));
	});
}
