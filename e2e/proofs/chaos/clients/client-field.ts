import type { Random } from "../../kit/random.ts";
import type { StagePerson } from "../../kit/stage/accounts.ts";
import type { Instance } from "../../kit/stage/instances.ts";
import type { History, RequestKind } from "./history.ts";

/** The servers that people use, and when they stop using them. */
export interface ClientField {
	readonly balancerUrl: string;
	readonly instances: readonly Instance[];
	readonly history: History;
	/** False when no client begins anything any more. */
	isOpen(): boolean;
	/** What a person does next: dealt over all people, so that every kind has its share. */
	nextKind(): RequestKind;
	/** How likely a reader is to leave and come back, or to leave for good. */
	readonly restlessness: number;
}

/** One person with the servers. */
export interface Scene {
	readonly person: StagePerson;
	readonly field: ClientField;
	readonly random: Random;
	/** The person stops this answer after its first words; otherwise chance decides. */
	readonly stopsEarly?: boolean;
}

/** An instance that is up, other than the one given, reached without the load balancer. */
export function chooseInstance(
	{ instances }: ClientField,
	random: Random,
	other: number | null,
): Instance | null {
	const up = instances.filter(({ state, index }) => state === "up" && index !== other);
	return up.length > 0 ? random.pick(up) : null;
}
