import { setTimeout as sleep } from "node:timers/promises";
import { runPhase } from "./load.ts";
import type { Target } from "./targets.ts";

/** KiB of resident memory that each of so many open streams takes, with garbage that is not collected yet. */
export async function measureHold(target: Target, streams: number): Promise<number> {
	await sleep(1_000);
	const before = target.usage().rssBytes;
	let most = before;
	const sampler = setInterval(() => {
		most = Math.max(most, target.usage().rssBytes);
	}, 250);
	const { failures } = await runPhase(target, { concurrent: streams, streams, speed: "hold" });
	clearInterval(sampler);
	if (Object.keys(failures).length > 0) throw new Error(`${target.name}: ${JSON.stringify(failures)}`);
	return (most - before) / streams / 1_024;
}
