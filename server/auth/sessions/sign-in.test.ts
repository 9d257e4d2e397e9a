import { hash } from "@node-rs/argon2";
import { eq } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { users } from "../../../drizzle/schema/index.ts";
import { createTestAuth, failure, password } from "../../testing/auth.ts";
import type { Auth } from "../create-auth.ts";

let world: Awaited<ReturnType<typeof createTestAuth>>;
let auth: Auth;
beforeAll(async () => {
	world = await createTestAuth();
	auth = world.open();
});
afterAll(() => world.db.drop());

describe("signing in with e-mail and password", () => {
	it("works however the address is capitalised, and says who it is", async () => {
		const person = await world.createPerson(auth);
		const viewer = await auth.verifyCredentials({ email: ` ${person.email.toUpperCase()} `, password });
		expect(viewer).toEqual(person);
		expect(viewer).toMatchObject({ role: "user", plan: "free", sessionEpoch: 1 });
	});

	it("answers an unknown address, a wrong password and no password at all alike", async () => {
		const { email } = await world.createPerson(auth);
		const wrong = [
			{ email: "nobody@example.org", password },
			{ email, password: "wrong horse battery" },
			{ email, password: "" },
			{ email, password: ["correct horse battery"] },
			{ email: { $ne: null }, password },
			{ email, password: `${password}\u0000` },
			{ email, password: "x".repeat(100_000) },
		];
		for (const credentials of wrong) expect(await auth.verifyCredentials(credentials)).toBeNull();
	});

	it("takes about as long for an unknown address as for a wrong password", async () => {
		const { email } = await world.createPerson(auth);
		await auth.verifyCredentials({ email: "warm-up@example.org", password });
		const time = async (address: string) => {
			const startedAt = performance.now();
			await auth.verifyCredentials({ email: address, password: "wrong horse battery" });
			return performance.now() - startedAt;
		};
		const known: number[] = [];
		const unknown: number[] = [];
		for (let round = 0; round < 5; round += 1) {
			known.push(await time(email));
			unknown.push(await time(`stranger${round}@example.org`));
		}
		// The fastest of each: a busy machine only ever adds. Without the decoy hash the ratio is above 5.
		expect(Math.min(...known) / Math.min(...unknown)).toBeLessThan(2.5);
	});

	it("tells somebody with the right password that the account is paused, and nobody else", async () => {
		const { userId, email } = await world.createPerson(auth);
		await auth.changeAccountStatus({ userId, isSuspended: true, by: null });
		expect(await failure(auth.verifyCredentials({ email, password }))).toBe("suspended");
		expect(await auth.verifyCredentials({ email, password: "wrong horse battery" })).toBeNull();
	});

	it("hashes again what was hashed with weaker parameters", async () => {
		const { userId, email } = await world.createPerson(auth);
		const weak = await hash(password, { algorithm: 2, memoryCost: 8192, timeCost: 1 });
		await world.db.orm.update(users).set({ passwordHash: weak }).where(eq(users.id, userId));
		expect(await auth.verifyCredentials({ email, password })).not.toBeNull();
		const [row] = await world.db.orm.select().from(users).where(eq(users.id, userId));
		expect(row?.passwordHash).toContain("m=19456,t=2,p=1");
		expect(await auth.verifyCredentials({ email, password })).not.toBeNull();
	});
});

describe("the limit of wrong passwords", () => {
	it("stops the eleventh guess for one address, known or not, and ends after 15 minutes", async () => {
		const { email } = await world.createPerson(auth);
		for (const address of [email, "ghost@example.org"]) {
			const guess = () =>
				failure(auth.verifyCredentials({ email: address, password: "wrong horse battery" }));
			const guesses = await Promise.all(Array.from({ length: 12 }, guess));
			expect(guesses.filter((outcome) => outcome === "no failure")).toHaveLength(10);
			expect(guesses.filter((outcome) => outcome === "rate_limited")).toHaveLength(2);
		}
		const limited = auth.verifyCredentials({ email, password });
		await expect(limited).rejects.toMatchObject({ details: { retryAfterMs: 15 * 60_000 } });
		world.pass(15 * 60_000);
		expect(await auth.verifyCredentials({ email, password })).not.toBeNull();
	});

	it("forgets wrong guesses once the right password came", async () => {
		const { email } = await world.createPerson(auth);
		for (let round = 0; round < 3; round += 1) {
			for (let guess = 0; guess < 5; guess += 1)
				await auth.verifyCredentials({ email, password: "wrong horse" });
			expect(await auth.verifyCredentials({ email, password })).not.toBeNull();
		}
	});

	it("counts 50 wrong guesses from one client address over all accounts", async () => {
		const address = "203.0.113.9";
		const guess = (index: number) =>
			failure(
				auth.verifyCredentials({ email: `target${index}@example.org`, password: "wrong horse", address }),
			);
		const guesses = await Promise.all(Array.from({ length: 52 }, (_, index) => guess(index)));
		expect(guesses.filter((outcome) => outcome === "rate_limited")).toHaveLength(2);
	});
});
