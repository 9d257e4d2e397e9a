/** For tests of circuit breakers: several processes' worth of them on one database. */
import { systemClock } from "../kernel/clock.ts";
import type { Notices } from "../kernel/notices.ts";
import { type Breakers, createBreakers } from "../resilience/index.ts";
import type { TestDatabase } from "./database.ts";

/** As in production, but with times that a test can wait for. */
export const quickRules = {
	callsMin: 20,
	failureShare: 0.5,
	windowMs: 30_000,
	inARowMax: 5,
	openMs: 600,
	openMsMax: 2_400,
	jitter: 0.2,
	probesMax: 3,
	successesMin: 3,
	leaseMs: 1_500,
};

/** Notices that never arrive: what is left is the poll. */
export const silence: Notices = {
	send: () => undefined,
	on: () => undefined,
	onGap: () => undefined,
	close: async () => undefined,
};

export function createTestBreakers(
	db: Pick<TestDatabase, "sql">,
	options: { notices?: Notices; rules?: Partial<typeof quickRules> } = {},
): Breakers {
	return createBreakers({
		sql: db.sql,
		clock: systemClock,
		log: { warn: () => undefined },
		notices: options.notices ?? silence,
		rules: { ...quickRules, ...options.rules },
	});
}

/** Whose calls these are where a test is not about people. */
export const onlyUser = "only user";

/** Makes a call of a person that has to be admitted, and reports its outcome at once. */
export async function call(
	breakers: Breakers,
	deployment: string,
	outcome: Parameters<Breakers["report"]>[1],
) {
	const admission = await breakers.admit(toDeployment(deployment), onlyUser);
	if (!admission.isAdmitted) throw new Error(`Refused: ${admission.reason}.`);
	breakers.report(admission, outcome);
}

export function toDeployment(key: string) {
	const [providerId = "", ...rest] = key.split("/");
	return { providerId, providerModelId: rest.join("/") };
}

export async function fail(breakers: Breakers, deployment: string, times = 5): Promise<void> {
	for (let each = 0; each < times; each += 1) await call(breakers, deployment, "failure");
}

/** As the table says it; a breaker without a row is closed. */
export async function readState({ sql }: Pick<TestDatabase, "sql">, key: string): Promise<string> {
	const [row] = await sql<{ state: string }[]>`select state from breakers where key = ${key}`;
	return row?.state ?? "closed";
}

/** `open in_a_row`, `half_open time`, in order. */
export async function readChanges({ sql }: Pick<TestDatabase, "sql">, key: string): Promise<string[]> {
	const rows = await sql<{ line: string }[]>`
		select to_state || ' ' || cause as line from breaker_history where key = ${key} order by id`;
	return rows.map(({ line }) => line);
}
