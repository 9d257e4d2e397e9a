import type { Sql } from "postgres";

/** A plan without limits worth the name, for people of tests and measurements. Returns its id. */
export async function addRoomyPlan(sql: Sql): Promise<string> {
	await sql`
		insert into plans (id, requests_per_minute, concurrent_streams, allowed_tiers)
		values ('roomy', 1000000, 1000, '{small,medium,large}') on conflict do nothing`;
	return "roomy";
}
