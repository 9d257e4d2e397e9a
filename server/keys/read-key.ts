import { LRUCache } from "lru-cache";
import type { UserId } from "../contract/ids.ts";
import type { KeyScope } from "../contract/kinds.ts";
import type { Database } from "../db/index.ts";
import type { Clock } from "../kernel/clock.ts";

/** How long a key's row may be used without being read again: with the time of the read below a second. */
const ageMsMax = 750;
/** Public ids are drawn at random: one that does not exist now will not exist soon. */
const unknownMsMax = 10_000;
const entriesMax = 10_000;

/** The key that a call was made with. */
export interface ViewerKey {
	readonly keyId: string;
	readonly publicId: string;
	readonly scopes: readonly KeyScope[];
	/** The key's own limit, beside that of the plan; null: none. */
	readonly requestsPerMinute: number | null;
}

/** The account that a key stands for, as a session gives it. */
export interface KeyHolder {
	readonly userId: UserId;
	readonly email: string;
	readonly name: string;
	readonly role: "admin" | "user";
	readonly plan: string;
	readonly sessionEpoch: number;
	readonly key: ViewerKey;
}

/** A key as it stood at most `ageMsMax` ago. */
export interface KnownKey {
	readonly holder: KeyHolder;
	readonly secretHash: string;
	/** Null once its time is over. */
	readonly formerSecretHash: string | null;
	/** Why it is refused; null: it is valid. */
	readonly end: "revoked" | "expired" | "suspended" | null;
}

export interface KeyReader {
	/** Null: there is no such key. Concurrent callers share one read. */
	read(publicId: string): Promise<KnownKey | null>;
	/** Makes the next call read the key again. */
	forget(publicId: string): void;
	forgetAll(): void;
}

/** Reads each key at most once in `ageMsMax`, counted from the start of the read. */
export function createKeyReader(db: Pick<Database, "sql">, clock: Clock): KeyReader {
	interface Entry {
		readonly startedAtMs: number;
		readonly key: Promise<KnownKey | null>;
	}
	const known = new LRUCache<string, Entry>({ max: entriesMax });
	// Apart from the others, so that made-up ids push no key out.
	const unknown = new LRUCache<string, number>({ max: entriesMax });
	return {
		async read(publicId) {
			const startedAtMs = clock.elapsed();
			const missedAtMs = unknown.get(publicId);
			if (missedAtMs !== undefined && startedAtMs - missedAtMs < unknownMsMax) return null;
			const kept = known.get(publicId);
			if (kept && startedAtMs - kept.startedAtMs < ageMsMax) return await kept.key;
			const entry = { startedAtMs, key: readKey(db, publicId) };
			known.set(publicId, entry);
			const drop = () => {
				if (known.get(publicId) === entry) known.delete(publicId);
			};
			const key = await entry.key.catch((error: unknown) => {
				drop();
				throw error;
			});
			if (key) return key;
			drop();
			unknown.set(publicId, startedAtMs);
			return null;
		},
		forget: (publicId) => void known.delete(publicId),
		forgetAll: () => known.clear(),
	};
}

/** The one hot query of the room, hence plain SQL: postgres.js prepares it once per connection. */
async function readKey(db: Pick<Database, "sql">, publicId: string): Promise<KnownKey | null> {
	const [row] = await db.sql<
		(Omit<KeyHolder, "key"> & Omit<ViewerKey, "publicId"> & Omit<KnownKey, "holder">)[]
	>`
		select users.id as "userId", email, users.name, role, plan, session_epoch as "sessionEpoch", api_keys.id as "keyId", scopes,
			requests_per_minute as "requestsPerMinute", secret_hash as "secretHash",
			case when former_expires_at > now() then former_secret_hash end as "formerSecretHash",
			case when revoked_at is not null then 'revoked' when expires_at <= now() then 'expired'
				when suspended_at is not null then 'suspended' end as "end"
		from api_keys join users on users.id = api_keys.user_id
		where public_id = ${publicId} and deleting_at is null`;
	if (!row) return null;
	const { secretHash, formerSecretHash, end, keyId, scopes, requestsPerMinute, ...account } = row;
	const key = { keyId, publicId, scopes, requestsPerMinute };
	return { holder: { ...account, key }, secretHash, formerSecretHash, end };
}
