import type postgres from "postgres";
import { type Person, signIn } from "../../../../bench/sign-in.ts";
import { createUser } from "../../../../server/auth/index.ts";
import { connectDatabase } from "../../../../server/db/index.ts";
import { retry } from "../../../../server/kernel/retry.ts";
import { addRoomyPlan } from "../../../../server/testing/roomy-plan.ts";

/** A person who is signed in. */
export interface StagePerson extends Person {
	readonly email: string;
	readonly userId: string;
}

/** Makes an account and signs it in. */
export type AddPerson = (account: {
	readonly email: string;
	readonly role: "user" | "admin";
}) => Promise<StagePerson>;

export interface AccountsInput {
	readonly databaseUrl: string;
	/** Where people sign in. */
	readonly url: string;
	/** Makes the plan that people are on and returns its id; by default one with hardly any limit. */
	addPlan?(sql: postgres.Sql): Promise<string>;
}

export async function openAccounts(
	{ databaseUrl, url, addPlan = addRoomyPlan }: AccountsInput,
	stack: AsyncDisposableStack,
): Promise<AddPerson> {
	const db = connectDatabase({ url: databaseUrl, poolMax: 2, applicationName: "chaos" });
	stack.defer(db.close);
	const plan = await addPlan(db.sql);
	const password = "a long password of the proof";
	return async ({ email, role }) => {
		const { userId } = await createUser(db, { email, password, role, plan, name: email });
		// On an overloaded machine the load balancer may miss health checks and find no instance for a moment.
		const person = await retry(() => signIn(url, { email, password }), { forMs: 30_000, everyMs: 500 });
		return { ...person, email, userId };
	};
}
