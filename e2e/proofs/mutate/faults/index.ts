import type { SourceFault } from "../source-fault.ts";

/** All faults, by room. */
export const sourceFaults: readonly SourceFault[] = [];
