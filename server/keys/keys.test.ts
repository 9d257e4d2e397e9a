import type { Sql } from "postgres";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createUser } from "../auth/index.ts";
import type { UserId } from "../contract/ids.ts";
import { createNotices } from "../db/index.ts";
import type { Notices } from "../kernel/notices.ts";
import { failure } from "../testing/auth.ts";
import { createTestDatabase, type TestDatabase } from "../testing/database.ts";
import { createKeys, type Keys } from "./create-keys.ts";
import { newKey } from "./fields.ts";
import { createPublicId, createSecret, toKeyText } from "./key-text.ts";

let db: TestDatabase;
let userId: UserId;
let people = 0;
/** A clock that only the test moves. */
const time = { ms: 0 };
/** Statements of the instance under test. */
const queries = { count: 0 };
const silent: Notices = { send: () => {}, on: () => {}, onGap: () => {}, close: async () => {} };

beforeAll(async () => {
	db = await createTestDatabase({ poolMax: 10 });
});
afterAll(() => db?.drop());
beforeEach(async () => {
	({ userId } = await createUser(db, {
		email: `owner${++people}@example.org`,
		password: "a good long password",
		role: "user",
	}));
});

/** One more process on the database. */
function open(notices: Notices = silent): Keys {
	const sql = new Proxy(db.sql, {
		apply(target, self, input) {
			queries.count += 1;
			return Reflect.apply(target, self, input);
		},
	}) as Sql;
	const clock = { now: () => time.ms, elapsed: () => time.ms };
	return createKeys({ db: { sql, orm: db.orm }, notices, clock, log: { warn: () => {} } });
}
const create = (keys: Keys, more: object = {}) =>
	keys.create({ ...newKey.parse({ name: "a program", ...more }), userId, by: userId });
const owned = (keyId: string) => ({ keyId, ownerId: userId, by: userId });
const auditOf = async (publicId: string) => {
	const rows =
		await db.sql`select action, details from audit_log where subject = ${`key:${publicId}`} order by id`;
	return rows.map(({ action }) => action);
};

describe("a key", () => {
	it("stands for its owner's account and its own scopes, and is stored as a hash alone", async () => {
		const keys = open();
		const made = await create(keys, { scopes: ["usage:read"], requestsPerMinute: 7 });
		expect(await keys.authenticate(made.key)).toEqual({
			userId,
			email: `owner${people}@example.org`,
			name: `owner${people}`,
			role: "user",
			plan: "free",
			sessionEpoch: 1,
			key: { keyId: made.keyId, publicId: made.publicId, scopes: ["usage:read"], requestsPerMinute: 7 },
		});
		const [{ stored }] = await db.sql<[{ stored: string }]>`
			select (select json_agg(api_keys) from api_keys)::text || (select json_agg(audit_log) from audit_log)::text as stored`;
		expect(stored).toContain(made.publicId);
		expect(stored).not.toContain(made.key.split("_")[2]);
	});

	it("with a wrong secret, or with an id that does not exist, is refused and says nothing else", async () => {
		const keys = open();
		const { publicId } = await create(keys);
		for (const id of [publicId, createPublicId()]) {
			const forged = toKeyText({ publicId: id, secret: createSecret() });
			expect(await failure(keys.authenticate(forged))).toBe("unauthorized invalid_key");
		}
	});

	it("that is garbage costs no query, ten thousand times; an unknown id costs one", async () => {
		const keys = open();
		queries.count = 0;
		const codes = new Set<string>();
		for (let index = 0; index < 10_000; index++) {
			const text = toKeyText({ publicId: createPublicId(), secret: createSecret() });
			const swapped = text.slice(0, -1) + (text.endsWith("0") ? "1" : "0");
			codes.add(await failure(keys.authenticate(index % 2 ? swapped : `parley_${index}`)));
		}
		expect([...codes]).toEqual(["unauthorized invalid_key"]);
		expect(queries.count).toBe(0);
		const publicId = createPublicId();
		for (let index = 0; index < 100; index++)
			await failure(keys.authenticate(toKeyText({ publicId, secret: createSecret() })));
		expect(queries.count).toBe(1);
	});

	it("that has expired is refused by name", async () => {
		const keys = open();
		const { key, keyId } = await create(keys, { expiresInDays: 1 });
		await keys.authenticate(key);
		await db.sql`update api_keys set expires_at = now() - interval '1 second' where id = ${keyId}`;
		time.ms += 1_000;
		expect(await failure(keys.authenticate(key))).toBe("unauthorized key_expired");
		expect(await failure(keys.rotate(owned(keyId), { overlapHours: 1 }))).toBe("conflict key_ended");
	});

	it("of a suspended account is refused as suspended, of a deleted one as unknown", async () => {
		const keys = open();
		const { key } = await create(keys);
		await db.sql`update users set suspended_at = now() where id = ${userId}`;
		expect(await failure(keys.authenticate(key))).toBe("suspended");
		await db.sql`update users set deleting_at = now() where id = ${userId}`;
		time.ms += 1_000;
		expect(await failure(keys.authenticate(key))).toBe("unauthorized invalid_key");
	});

	it("is one of fifty at most that one person has at a time", async () => {
		const keys = open();
		const made = await Promise.all(
			Array.from({ length: 60 }, () => create(keys).catch((error) => error.details)),
		);
		expect(made.filter((one) => "key" in one)).toHaveLength(50);
		expect(made.filter((one) => one.reason === "too_many_keys")).toHaveLength(10);
	});
});

describe("a revoked key", () => {
	it("is refused at once where it was revoked, and elsewhere in less than a second without any notice", async () => {
		const [here, elsewhere] = [open(), open()];
		const { key, keyId, publicId } = await create(here);
		await here.authenticate(key);
		await elsewhere.authenticate(key);
		await here.revoke(owned(keyId));
		expect(await failure(here.authenticate(key))).toBe("unauthorized key_revoked");
		expect(await here.isStillValid(publicId)).toBe(false);
		// As of a row that was read just before the revocation.
		expect(await failure(elsewhere.authenticate(key))).toBe("no failure");
		time.ms += 800;
		expect(await failure(elsewhere.authenticate(key))).toBe("unauthorized key_revoked");
		expect(await elsewhere.isStillValid(publicId)).toBe(false);
	});

	it("is refused elsewhere as soon as the notice arrives", async () => {
		const [one, other] = await Promise.all([createNotices(db, "one"), createNotices(db, "other")]);
		const [here, elsewhere] = [open(one), open(other)];
		const { key, keyId } = await create(here);
		await elsewhere.authenticate(key);
		await here.revoke(owned(keyId));
		// The clock stands still: only the notice can have told.
		await expect
			.poll(() => failure(elsewhere.authenticate(key)), { timeout: 20_000 })
			.toBe("unauthorized key_revoked");
		await Promise.all([one.close(), other.close()]);
	});

	it("stays revoked since the first time, and is in the audit log once", async () => {
		const keys = open();
		const { keyId, publicId } = await create(keys);
		const first = await keys.revoke(owned(keyId));
		expect(await keys.revoke(owned(keyId))).toEqual(first);
		expect(await auditOf(publicId)).toEqual(["key.create", "key.revoke"]);
		expect(await failure(keys.rotate(owned(keyId), { overlapHours: 1 }))).toBe("conflict key_ended");
	});

	it("of another person is not found", async () => {
		const keys = open();
		const { keyId, key } = await create(keys);
		const stranger = { keyId, ownerId: crypto.randomUUID() as UserId, by: null };
		expect(await failure(keys.revoke(stranger))).toBe("not_found");
		expect(await failure(keys.rotate(stranger, { overlapHours: 1 }))).toBe("not_found");
		expect(await failure(keys.authenticate(key))).toBe("no failure");
	});
});

describe("a rotated key", () => {
	it("has both secrets for the overlap, then the new one alone", async () => {
		const keys = open();
		const { key: former, keyId, publicId } = await create(keys);
		await keys.authenticate(former);
		const { key, formerExpiresAt } = await keys.rotate(owned(keyId), { overlapHours: 2 });
		expect(Date.parse(formerExpiresAt ?? "")).toBeGreaterThan(Date.now() + 3_600_000);
		for (const text of [former, key])
			expect((await keys.authenticate(text)).key).toMatchObject({ keyId, publicId });
		await db.sql`update api_keys set former_expires_at = now() where id = ${keyId}`;
		time.ms += 1_000;
		expect(await failure(keys.authenticate(former))).toBe("unauthorized invalid_key");
		expect(await failure(keys.authenticate(key))).toBe("no failure");
		expect(await auditOf(publicId)).toEqual(["key.create", "key.rotate"]);
	});

	it("without an overlap ends the former secret at once, and a second rotation ends the first one's", async () => {
		const keys = open();
		const { key: first, keyId } = await create(keys);
		const { key: second } = await keys.rotate(owned(keyId), { overlapHours: 0 });
		expect(await failure(keys.authenticate(first))).toBe("unauthorized invalid_key");
		const { key: third } = await keys.rotate(owned(keyId), { overlapHours: 5 });
		const { key: fourth } = await keys.rotate(owned(keyId), { overlapHours: 5 });
		expect(await failure(keys.authenticate(second))).toBe("unauthorized invalid_key");
		for (const text of [third, fourth]) expect(await failure(keys.authenticate(text))).toBe("no failure");
	});
});

describe("the last use of a key", () => {
	it("is written once a minute, however often it is used", async () => {
		const keys = open();
		const { key, keyId } = await create(keys);
		const readUse = async () => {
			await keys.close();
			const [row] =
				await db.sql`select last_used_at, xmin::text as version from api_keys where id = ${keyId}`;
			return row;
		};
		for (let index = 0; index < 50; index++) await keys.authenticate(key);
		const used = await readUse();
		expect(used?.last_used_at).not.toBeNull();
		for (let index = 0; index < 50; index++) await keys.authenticate(key);
		expect((await readUse())?.version).toBe(used?.version);
		// Another process has not noted it yet; the row says that a minute is not over.
		const other = open();
		await other.authenticate(key);
		await other.close();
		expect((await readUse())?.version).toBe(used?.version);
	});
});
