import { bigint, index, integer, pgTable, text, timestamp, uniqueIndex, uuid } from "drizzle-orm/pg-core";
import { keyScopes } from "../../server/contract/kinds.ts";
import { users } from "./auth.ts";

const instant = (name: string) => timestamp(name, { withTimezone: true, mode: "date" });

/** With what other programs call Parley in a person's name. Of a key's secret only the SHA-256 is kept. */
export const apiKeys = pgTable(
	"api_keys",
	{
		id: uuid().primaryKey(),
		/** Its owner: the account that its calls belong to, and whose plan pays. */
		userId: uuid("user_id")
			.notNull()
			.references(() => users.id, { onDelete: "cascade" }),
		/** What the owner calls it. */
		name: text().notNull(),
		/** The part of the key that is no secret; it stays when the secret is rotated. */
		publicId: text("public_id").notNull(),
		secretHash: text("secret_hash").notNull(),
		/** The secret before the last rotation, which is valid until its own end. */
		formerSecretHash: text("former_secret_hash"),
		formerExpiresAt: instant("former_expires_at"),
		scopes: text({ enum: keyScopes }).array().notNull(),
		/** Null: until it is revoked. */
		expiresAt: instant("expires_at"),
		revokedAt: instant("revoked_at"),
		/** At most a minute late. */
		lastUsedAt: instant("last_used_at"),
		/** The key's own limits, beside those of the owner's plan; null is no limit. */
		requestsPerMinute: integer("requests_per_minute"),
		parallelMax: integer("parallel_max"),
		nanoUsdPerMonth: bigint("nano_usd_per_month", { mode: "bigint" }),
		createdAt: instant("created_at").notNull().defaultNow(),
	},
	(table) => [
		uniqueIndex("api_keys_public_id_key").on(table.publicId),
		index("api_keys_by_user").on(table.userId),
	],
);
