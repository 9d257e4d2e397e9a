import type { Instance } from "../../kit/stage/instances.ts";
import type { Stage } from "../../kit/stage/stage.ts";
import { waitUntil } from "../../kit/wait.ts";
import type { Fault } from "../clients/history.ts";

/** How long a fault may take to be recovered from before the run is given up. */
export const recoveryPatienceMs = 120_000;

/** Notes that the fault's cause is removed, and how long the instances take from now on to serve again. */
export async function recover(
	fault: Fault,
	instances: readonly Instance[],
	{ balancer }: Stage,
): Promise<void> {
	fault.toMs ??= Date.now();
	const areReady = async () =>
		(await Promise.all(instances.map((instance) => instance.isReady()))).every(Boolean);
	const isBack = await waitUntil(areReady, recoveryPatienceMs);
	fault.recoveryMs = Date.now() - fault.toMs;
	if (!isBack) fault.complaints.push("it did not serve again");
	await waitUntil(() => instances.every(({ index }) => balancer.isReady(index)), 10_000);
}
