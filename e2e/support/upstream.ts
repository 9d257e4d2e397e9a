import * as z from "zod";
import { startChild } from "./child.ts";

const started = z.object({ url: z.string() });
const requests = z.array(
	z.object({
		model: z.string(),
		outcome: z.string(),
		tokensSent: z.number(),
		messages: z.array(z.object({ role: z.string(), text: z.string() })).nullable(),
	}),
);

/** The simulated provider as a program of its own. */
export interface Upstream {
	readonly url: string;
	/** What was asked of it since the last `reset`, with the messages. */
	requests(): Promise<z.infer<typeof requests>>;
	reset(): Promise<void>;
	/** Holds every answer where it is while `look` runs. */
	hold<Seen>(look: () => Promise<Seen>): Promise<Seen>;
	stop(): Promise<void>;
}

/** Fast enough for tests, slow enough that an answer can be watched: a message may ask for another speed. */
export async function startUpstream(): Promise<Upstream> {
	const speed = ["--ttft", "20", "--tps", "400"];
	const child = startChild("server/simulator/main.ts", ["--json", "--port", "0", ...speed], {});
	const [line] = await child.waitFor(/^\{.*\}$/m);
	const { url } = started.parse(JSON.parse(line));
	return {
		url,
		requests: async () => requests.parse(await (await fetch(`${url}/sim/requests?bodies=1`)).json()),
		reset: async () => void (await fetch(`${url}/sim/reset`, { method: "POST" })),
		async hold(look) {
			child.process.kill("SIGSTOP");
			try {
				return await look();
			} finally {
				child.process.kill("SIGCONT");
			}
		},
		stop: () => child.end("SIGTERM"),
	};
}
