import { and, eq, isNull, lt, or, sql } from "drizzle-orm";
import { LRUCache } from "lru-cache";
import { apiKeys } from "../../drizzle/schema/index.ts";
import { AppError } from "../contract/errors.ts";
import type { Database } from "../db/index.ts";
import type { Clock } from "../kernel/clock.ts";
import type { Notices } from "../kernel/notices.ts";
import {
	createKey,
	type KeyChange,
	type ListedKey,
	listKeys,
	type MadeKey,
	type NewKey,
	revokeKey,
	rotateKey,
} from "./api-keys.ts";
import { isSameHash, parseKeyText, toSecretHash } from "./key-text.ts";
import { createKeyReader, type KeyHolder, type KnownKey } from "./read-key.ts";

export interface Keys {
	/**
	 * The account that a key stands for. Garbage costs a hash, an unknown public id one query in ten seconds, a key one in 750 ms.
	 *
	 * @throws AppError `unauthorized` (`invalid_key`, `key_revoked`, `key_expired`), `suspended`.
	 */
	authenticate(text: string): Promise<KeyHolder>;
	/** Whether a key is still valid: streams outlive their request and ask every few seconds. */
	isStillValid(publicId: string): Promise<boolean>;
	create(key: NewKey): Promise<MadeKey>;
	list(of: Parameters<typeof listKeys>[1]): Promise<ListedKey[]>;
	rotate(change: KeyChange, overlap: { readonly overlapHours: number }): Promise<MadeKey>;
	revoke(change: KeyChange): Promise<ListedKey>;
	/** Waits for what is being written in the background. */
	close(): Promise<void>;
}

export interface KeysInput {
	readonly db: Pick<Database, "sql" | "orm">;
	readonly notices: Notices;
	readonly clock: Clock;
	readonly log: { warn(fields: Record<string, unknown>, message: string): void };
}

const topic = "key-change";
const words = {
	revoked: "This API key was revoked.",
	expired: "This API key has expired.",
} as const;

export function createKeys({ db, notices, clock, log }: KeysInput): Keys {
	const reader = createKeyReader(db, clock);
	const use = createUseLog({ db, clock, log });
	notices.on(topic, (publicId) => reader.forget(String(publicId)));
	notices.onGap(reader.forgetAll);

	/** Makes a change count at once here, and as soon as a notice arrives in the others. */
	async function announced<Key extends ListedKey>(changing: Promise<Key>): Promise<Key> {
		const key = await changing;
		reader.forget(key.publicId);
		notices.send(topic, key.publicId);
		return key;
	}
	return {
		async authenticate(text) {
			const given = parseKeyText(text);
			const known = given && (await reader.read(given.publicId));
			if (!given || !known || !hasSecret(known, given.secret))
				throw new AppError("unauthorized", "This is no valid API key.", {
					details: { reason: "invalid_key" },
				});
			requireNoEnd(known);
			use.note(known.holder.key.keyId);
			return known.holder;
		},
		isStillValid: async (publicId) => (await reader.read(publicId))?.end === null,
		create: (key) => createKey(db, key),
		list: (of) => listKeys(db, of),
		rotate: (change, overlap) => announced(rotateKey(db, change, overlap)),
		revoke: (change) => announced(revokeKey(db, change)),
		close: use.settle,
	};
}

function hasSecret({ secretHash, formerSecretHash }: KnownKey, secret: string): boolean {
	const hash = toSecretHash(secret);
	return isSameHash(hash, secretHash) || isSameHash(hash, formerSecretHash);
}

/** Only a caller who has the secret learns what became of the key. */
function requireNoEnd({ end }: KnownKey): void {
	if (end === null) return;
	if (end === "suspended") throw new AppError("suspended", "This account is suspended.");
	throw new AppError("unauthorized", words[end], { details: { reason: `key_${end}` } });
}

const useMs = 60_000;

/** Writes when a key was used last: at most once a minute, and no request waits for it. */
function createUseLog({ db, clock, log }: Pick<KeysInput, "db" | "clock" | "log">) {
	const notedAtMs = new LRUCache<string, number>({ max: 10_000 });
	const pending = new Set<Promise<unknown>>();
	return {
		note(keyId: string): void {
			const nowMs = clock.elapsed();
			if (nowMs - (notedAtMs.get(keyId) ?? Number.NEGATIVE_INFINITY) < useMs) return;
			notedAtMs.set(keyId, nowMs);
			const isOld = or(isNull(apiKeys.lastUsedAt), lt(apiKeys.lastUsedAt, sql`now() - interval '1 minute'`));
			const written = db.orm
				.update(apiKeys)
				.set({ lastUsedAt: sql`now()` })
				.where(and(eq(apiKeys.id, keyId), isOld))
				.then(
					() => undefined,
					(err: unknown) =>
						log.warn({ event: "keys.use_not_noted", err }, "A key's last use was not written."),
				)
				.finally(() => pending.delete(written));
			pending.add(written);
		},
		settle: async () => void (await Promise.all(pending)),
	};
}
