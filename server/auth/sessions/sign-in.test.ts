import { hash } from "@node-rs/argon2";
import { eq } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { users } from "../../../drizzle/schema/index.ts";
import { createId, type UserId } from "../../contract/ids.ts";
import { createTestAuth, failure, password } from "../../testing/auth.ts";
import type { Auth } from "../create-auth.ts";

let world: Awaited<ReturnType<typeof createTestAuth>>;
let auth: Auth;
beforeAll(async () => {
	world = await createTestAuth();
	auth = world.open();
});
afterAll(() => world.db.drop());

/** Many tries are cheap then: the stored hash says what looking at a password costs. */
async function weaken(userId: UserId): Promise<void> {
	const passwordHash = await hash(password, { algorithm: 2, memoryCost: 8, timeCost: 1 });
	await world.db.orm.update(users).set({ passwordHash }).where(eq(users.id, userId));
}

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

	it("does about as much work for an unknown address as for a wrong password", async () => {
		const { email } = await world.createPerson(auth);
		await auth.verifyCredentials({ email: "warm-up@example.org", password });
		// Time of the processor, in all threads: a busy machine adds nothing to it.
		const work = async (address: string) => {
			const before = process.cpuUsage();
			await auth.verifyCredentials({ email: address, password: "wrong horse battery" });
			const { user, system } = process.cpuUsage(before);
			return user + system;
		};
		const known: number[] = [];
		const unknown: number[] = [];
		for (let round = 0; round < 4; round += 1) {
			known.push(await work(email));
			unknown.push(await work(`stranger${round}@example.org`));
		}
		// Without the decoy hash the ratio is above 5.
		expect(Math.min(...known) / Math.min(...unknown)).toBeLessThan(2.5);
	});

	it("says that the account is paused to a person with the right password alone", async () => {
		const { userId, email } = await world.createPerson(auth);
		await auth.changeAccountStatus({ userId, isSuspended: true, by: null });
		expect(await failure(auth.verifyCredentials({ email, password }))).toBe("suspended");
		expect(await auth.verifyCredentials({ email, password: "wrong horse battery" })).toBeNull();
	});

	it("hashes again what was hashed with weaker parameters", async () => {
		const { userId, email } = await world.createPerson(auth);
		await weaken(userId);
		expect(await auth.verifyCredentials({ email, password })).not.toBeNull();
		const [row] = await world.db.orm.select().from(users).where(eq(users.id, userId));
		expect(row?.passwordHash).toContain("m=19456,t=2,p=1");
		expect(await auth.verifyCredentials({ email, password })).not.toBeNull();
	});
});

describe("wrong passwords", () => {
	const guessAt = (email: string, address: string | null = null, cookieHeader?: string) =>
		failure(auth.verifyCredentials({ email, password: "wrong horse battery", address, cookieHeader }));
	const minuteMs = 60_000;

	it("from one client address are ten for one account, known or not, then one every 20 seconds", async () => {
		const { email } = await world.createPerson(auth);
		for (const target of [email, "ghost@example.org"]) {
			const guesses = await Promise.all(Array.from({ length: 12 }, () => guessAt(target)));
			expect(guesses.filter((outcome) => outcome === "no failure")).toHaveLength(11);
			expect(guesses.filter((outcome) => outcome === "rate_limited")).toHaveLength(1);
			await expect(auth.verifyCredentials({ email: target, password: "wrong horse" })).rejects.toMatchObject({
				details: { retryAfterMs: 20_000 },
			});
		}
		world.pass(20_000);
		expect(await auth.verifyCredentials({ email, password })).not.toBeNull();
		expect(await guessAt("ghost@example.org")).toBe("no failure");
		expect(await guessAt("ghost@example.org")).toBe("rate_limited");
	});

	it("of a stranger do not lock the owner out, at another address or in a browser that signed in before", async () => {
		const { userId, email } = await world.createPerson(auth);
		await weaken(userId);
		const [device] = auth.createDeviceCookie(email).split(";");
		for (let guess = 0; guess < 30; guess++) await guessAt(email, "203.0.113.66");
		expect(await guessAt(email, "203.0.113.66")).toBe("rate_limited");
		expect(await auth.verifyCredentials({ email, password, address: "198.51.100.1" })).not.toBeNull();
		const home = { email, password, address: "203.0.113.66" };
		expect(await failure(auth.verifyCredentials(home))).toBe("rate_limited");
		expect(await auth.verifyCredentials({ ...home, cookieHeader: device })).not.toBeNull();
	});

	it("from everywhere at once slow new browsers down to one try in ten seconds, and known ones not at all", async () => {
		const { userId, email } = await world.createPerson(auth);
		await weaken(userId);
		const [device] = auth.createDeviceCookie(email).split(";");
		for (let host = 0; host < 110; host++) await guessAt(email, `203.0.113.${host}`);
		const fresh = { email, password, address: "198.51.100.2" };
		await expect(auth.verifyCredentials(fresh)).rejects.toMatchObject({
			details: { retryAfterMs: expect.any(Number) },
		});
		expect(await auth.verifyCredentials({ ...fresh, cookieHeader: `a=b; ${device}` })).not.toBeNull();
		world.pass(10_000);
		expect(await auth.verifyCredentials(fresh)).not.toBeNull();
	});

	it("that were refused do not fill the account's count: one address alone cannot slow the others down", async () => {
		const { userId, email } = await world.createPerson(auth);
		await weaken(userId);
		for (let guess = 0; guess < 300; guess++) await guessAt(email, "203.0.113.77");
		expect(await guessAt(email, "198.51.100.3")).toBe("no failure");
		expect(await auth.verifyCredentials({ email, password, address: "198.51.100.3" })).not.toBeNull();
	});

	it("of a known device are limited as well, and a cookie of another account or a forged one is none", async () => {
		const [victim, other] = [await world.createPerson(auth), await world.createPerson(auth)];
		const [own] = auth.createDeviceCookie(victim.email).split(";");
		const guesses = await Promise.all(Array.from({ length: 12 }, () => guessAt(victim.email, null, own)));
		expect(guesses.filter((outcome) => outcome === "rate_limited")).toHaveLength(1);
		const address = "203.0.113.88";
		for (let guess = 0; guess < 12; guess++) await guessAt(victim.email, address);
		const [foreign = ""] = auth.createDeviceCookie(other.email).split(";");
		for (const cookie of [foreign, foreign.replace(/.$/, "A"), "next-auth-3000.known-device=x.", undefined])
			expect(await guessAt(victim.email, address, cookie)).toBe("rate_limited");
	});

	it("are forgotten once the right password came", async () => {
		const { email } = await world.createPerson(auth);
		for (let round = 0; round < 3; round += 1) {
			for (let guess = 0; guess < 5; guess += 1) await guessAt(email);
			expect(await auth.verifyCredentials({ email, password })).not.toBeNull();
		}
	});

	it("from one client address are 50 over all accounts, then one every five seconds", async () => {
		const passwordHash = await hash(password, { algorithm: 2, memoryCost: 8, timeCost: 1 });
		const targets = Array.from({ length: 61 }, (_, index) => ({
			id: createId<UserId>(),
			email: `target${index}@example.org`,
			name: "",
			passwordHash,
			role: "user" as const,
			plan: "free",
		}));
		await world.db.orm.insert(users).values(targets);
		const guess = (index: number) => guessAt(`target${index}@example.org`, "192.0.2.9");
		const guesses = await Promise.all(Array.from({ length: 53 }, (_, index) => guess(index)));
		expect(guesses.filter((outcome) => outcome === "rate_limited")).toHaveLength(2);
		world.pass(5_000);
		expect(await guess(60)).toBe("no failure");
		world.pass(15 * minuteMs);
	});
});
