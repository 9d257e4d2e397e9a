import { createUser } from "../server/auth/index.ts";
import { connectDatabase } from "../server/db/index.ts";
import { startEmbeddedDatabase } from "../server/embedded-postgres/index.ts";
import { addRoomyPlan } from "../server/testing/roomy-plan.ts";
import { type Person, signIn } from "./sign-in.ts";

/** Makes so many accounts on a plan with hardly any limit, and signs each of them in at the server of this address. */
export async function createPeople(
	url: string,
	input: { dataDir: string; count: number; databaseUrl?: string },
): Promise<Person[]> {
	const embedded = input.databaseUrl
		? null
		: await startEmbeddedDatabase({ dataDir: input.dataDir, role: "tool" });
	const databaseUrl = input.databaseUrl ?? embedded?.url ?? "";
	const db = connectDatabase({ url: databaseUrl, poolMax: 2, applicationName: "bench" });
	try {
		const people: Person[] = [];
		const plan = await addRoomyPlan(db.sql);
		for (let index = 0; index < input.count; index++) {
			const credentials = { email: `person${index}@example.com`, password: "a long password of the bench" };
			await createUser(db, { ...credentials, role: "user", plan, name: `Person ${index}` });
			people.push(await signIn(url, credentials));
		}
		return people;
	} finally {
		await db.close();
		await embedded?.stop();
	}
}
