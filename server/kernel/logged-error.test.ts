import { createHash } from "node:crypto";
import { DrizzleQueryError } from "drizzle-orm/errors";
import { describe, expect, it } from "vitest";
import { maskSecrets, toLoggedError } from "./logged-error.ts";

const email = "ada.lovelace+parley@mail.example.org";
const tokenHash = createHash("sha256").update("token").digest("hex");

describe("an error in the log", () => {
	it("says which statement failed, and none of its values", () => {
		const cause = Object.assign(new Error(`duplicate key value: (lower(email))=(${email})`), {
			code: "23505",
			detail: `Key (lower(email))=(${email}) already exists.`,
			constraint_name: "users_email_key",
			parameters: [email, tokenHash],
		});
		const logged = toLoggedError(
			new DrizzleQueryError('insert into "users" values ($1, $2)', [email, tokenHash], cause),
		);
		expect(logged).toMatchObject({
			message: 'Failed query: insert into "users" values ($1, $2)',
			cause: { code: "23505", constraint_name: "users_email_key" },
		});
		const text = JSON.stringify(logged);
		expect(text).not.toContain("lovelace");
		expect(text).not.toContain(tokenHash);
	});

	it("keeps what a mail server or an address says, without the recipient and the token", () => {
		const token = "Zm9vYmFyYmF6cXV4MTIzNDU2Nzg5MGFiY2RlZmdoaWo";
		expect(maskSecrets(`550 5.1.1 <${email}>: Recipient address rejected`)).toBe(
			"550 5.1.1 <[email]>: Recipient address rejected",
		);
		expect(maskSecrets(`GET /reset?token=${token} failed`)).toBe("GET /reset?token=[secret] failed");
	});

	it.each([
		"turn 0193a5c2-7b1e-7c3d-9f00-1a2b3c4d5e6f was not found",
		"connect ECONNREFUSED 127.0.0.1:5432",
		'relation "a_very_long_name_of_a_table_without_a_number" does not exist',
		"at Object.<anonymous> (file:///srv/parley/server/turns/close-turn.ts:10:5)",
	])("leaves %j as it is", (text) => {
		expect(maskSecrets(text)).toBe(text);
	});

	it("ends a chain of causes that refers to itself", () => {
		const error = new Error("first");
		error.cause = error;
		expect(JSON.stringify(toLoggedError(error)).match(/"message"/g)?.length).toBe(5);
	});
});
