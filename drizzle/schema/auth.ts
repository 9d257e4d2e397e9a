import { sql } from "drizzle-orm";
import { integer, pgTable, primaryKey, text, timestamp, uniqueIndex, uuid } from "drizzle-orm/pg-core";

const instant = (name: string) => timestamp(name, { withTimezone: true, mode: "date" });

export const users = pgTable(
	"users",
	{
		id: uuid().primaryKey(),
		/** Kept as typed; unique without regard to case. */
		email: text().notNull(),
		emailVerifiedAt: instant("email_verified_at"),
		name: text().notNull(),
		/** argon2id in PHC string form; null for people who only sign in through a provider. */
		passwordHash: text("password_hash"),
		role: text({ enum: ["admin", "user"] }).notNull(),
		plan: text().notNull().default("free"),
		/** Set while an administrator pauses the account. */
		suspendedAt: instant("suspended_at"),
		/** Counts "sign out everywhere" and password changes: a session minted under another number is over. */
		sessionEpoch: integer("session_epoch").notNull().default(1),
		createdAt: instant("created_at").notNull().defaultNow(),
	},
	(table) => [uniqueIndex("users_email_key").on(sql`lower(${table.email})`)],
);

/** A person's identity at an OAuth or OIDC provider. */
export const identities = pgTable(
	"identities",
	{
		provider: text().notNull(),
		providerAccountId: text("provider_account_id").notNull(),
		userId: uuid("user_id")
			.notNull()
			.references(() => users.id, { onDelete: "cascade" }),
		createdAt: instant("created_at").notNull().defaultNow(),
	},
	(table) => [primaryKey({ columns: [table.provider, table.providerAccountId] })],
);

/** Links that work once: the first administrator's, invitations, password resets. Only the token's SHA-256 is kept. */
export const oneTimeLinks = pgTable("one_time_links", {
	tokenHash: text("token_hash").primaryKey(),
	purpose: text({ enum: ["setup", "invite", "reset"] }).notNull(),
	/** Whose password a reset changes. */
	userId: uuid("user_id").references(() => users.id, { onDelete: "cascade" }),
	/** The only address that an invitation admits; null admits any. */
	email: text(),
	role: text({ enum: ["admin", "user"] }),
	createdAt: instant("created_at").notNull().defaultNow(),
	expiresAt: instant("expires_at").notNull(),
	usedAt: instant("used_at"),
});
