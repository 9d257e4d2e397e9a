import type { SourceFault } from "../source-fault.ts";
import { authFaults } from "./auth.ts";
import { batchFaults } from "./batch.ts";
import { chatFaults } from "./chat.ts";
import { databaseFaults } from "./db.ts";
import { houseFaults } from "./house.ts";
import { modelFaults } from "./models.ts";
import { quotaFaults } from "./quota.ts";
import { resilienceFaults } from "./resilience.ts";
import { turnFaults } from "./turns.ts";
import { usageFaults } from "./usage.ts";

/** All faults, by room. */
export const sourceFaults: readonly SourceFault[] = [
	...turnFaults,
	...chatFaults,
	...quotaFaults,
	...usageFaults,
	...resilienceFaults,
	...batchFaults,
	...authFaults,
	...houseFaults,
	...modelFaults,
	...databaseFaults,
];
