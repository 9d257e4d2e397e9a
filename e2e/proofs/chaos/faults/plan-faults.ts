import { createDeck, createRandom } from "../../kit/random.ts";
import type { Fault } from "../clients/history.ts";
import { type StorageFault, storageFaultNames } from "./storage-faults.ts";

export const scenarios = ["all", "kill", "freeze", "drain", "storage", "readers"] as const;
export type Scenario = (typeof scenarios)[number];

/** A fault of the schedule. `target` chooses among the instances that serve when its time has come. */
export interface PlannedFault {
	readonly kind: Fault["kind"];
	readonly storage: StorageFault | null;
	readonly gapMs: number;
	readonly target: number;
}

export interface PlanInput {
	readonly scenario: Scenario;
	readonly kills: number;
	readonly seed: string;
	readonly isShort: boolean;
	/** Whether PostgreSQL is the run's own, so that it may be killed. */
	readonly ownsPostgres: boolean;
}

/** The schedule of a scenario: it depends on the seed alone. */
export function planFaults({ scenario, kills, seed, isShort, ownsPostgres }: PlanInput): PlannedFault[] {
	const random = createRandom(`${seed} faults`);
	const ofScenario = (kind: Fault["kind"], count: number) =>
		scenario === "all" || scenario === kind ? Array.from({ length: count }, () => kind) : [];
	const isStorage = scenario === "all" || scenario === "storage";
	const crashes = isStorage && ownsPostgres ? Math.ceil(kills / 20) : 0;
	const kinds = [
		...ofScenario("kill", kills),
		...ofScenario("freeze", Math.ceil(kills / 20)),
		...ofScenario("drain", Math.ceil(kills / 20)),
		...ofScenario("storage", isShort ? 1 : Math.ceil(kills / 5)),
		...Array.from({ length: crashes }, () => "postgres" as const),
	];
	const nextStorage = createDeck(storageFaultNames, random);
	return random.shuffle(kinds).map((kind) => ({
		kind,
		storage: kind === "storage" ? nextStorage() : null,
		gapMs: random.between(200, isShort ? 800 : 2_000),
		target: random.between(0, 1_000_000),
	}));
}
