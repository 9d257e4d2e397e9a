import { hash } from "@node-rs/argon2";
import { describe, expect, it } from "vitest";
import { createPasswords, hashPassword, isOutdatedHash } from "./passwords.ts";

describe("passwords", () => {
	it("are kept as argon2id with 19 MiB, two passes and one lane", async () => {
		expect(await hashPassword("correct horse")).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
	});

	it("fit their own hash, also when composed differently, and no other", async () => {
		const passwords = createPasswords();
		const stored = await passwords.hash("cafe\u0301 au lait");
		expect(await passwords.verify(stored, "caf\u00e9 au lait")).toBe(true);
		expect(await passwords.verify(stored, "cafe au lait")).toBe(false);
		expect(await passwords.verify(null, "caf\u00e9 au lait")).toBe(false);
		expect(await passwords.verify("no hash at all", "caf\u00e9 au lait")).toBe(false);
	});

	it("are due for another hash when the parameters have changed", async () => {
		const weak = await hash("correct horse", { algorithm: 2, memoryCost: 8192, timeCost: 1 });
		expect(isOutdatedHash(weak)).toBe(true);
		expect(isOutdatedHash(await hashPassword("correct horse"))).toBe(false);
	});

	it("are hashed for so many people at once and no more: the others get a time to wait", async () => {
		const passwords = createPasswords();
		const cheap = await hash("correct horse", { algorithm: 2, memoryCost: 8, timeCost: 1 });
		const outcomes = await Promise.allSettled(
			Array.from({ length: 110 }, () => passwords.verify(cheap, "correct horse")),
		);
		const refused = outcomes.filter((outcome) => outcome.status === "rejected");
		expect(refused.map(({ reason }) => reason.code)).toEqual(Array.from({ length: 8 }, () => "rate_limited"));
		expect(await passwords.hash("correct horse")).toMatch(/^\$argon2id/);
	});
});
