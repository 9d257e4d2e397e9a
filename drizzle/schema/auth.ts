import { sql } from "drizzle-orm";
import { index, integer, pgTable, primaryKey, text, timestamp, uniqueIndex, uuid } from "drizzle-orm/pg-core";

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
		/** Set while the account is suspended by an administrator. */
		suspendedAt: instant("suspended_at"),
		/** Counts "sign out everywhere" and password changes: a session that was made under another number is not valid. */
		sessionEpoch: integer("session_epoch").notNull().default(1),
		/** Set once the account is deleted, while its content is removed in steps. Nothing brings it back. */
		deletingAt: instant("deleting_at"),
		createdAt: instant("created_at").notNull().defaultNow(),
	},
	(table) => [
		uniqueIndex("users_email_key").on(sql`lower(${table.email})`),
		index("users_deleting").on(table.id).where(sql`deleting_at is not null`),
	],
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
	/** Names the link in the audit log, where the hash of its token does not belong. */
	id: uuid().notNull().defaultRandom(),
	/** The administrator who made it, without whose role it does not work; null: the command line, the server or its user. */
	createdBy: uuid("created_by").references(() => users.id, { onDelete: "cascade" }),
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

/** Sessions that ended before their time, because their person signed out. A row may go when its session would have ended. */
export const endedSessions = pgTable(
	"ended_sessions",
	{
		id: uuid().primaryKey(),
		userId: uuid("user_id")
			.notNull()
			.references(() => users.id, { onDelete: "cascade" }),
		expiresAt: instant("expires_at").notNull(),
	},
	(table) => [
		index("ended_sessions_by_end").on(table.expiresAt),
		index("ended_sessions_by_user").on(table.userId),
	],
);

/** What a person has to see about the own account on the next page. */
export const accountNotices = pgTable(
	"account_notices",
	{
		id: uuid().primaryKey(),
		userId: uuid("user_id")
			.notNull()
			.references(() => users.id, { onDelete: "cascade" }),
		kind: text({ enum: ["reset_link_created"] }).notNull(),
		createdAt: instant("created_at").notNull().defaultNow(),
		dismissedAt: instant("dismissed_at"),
	},
	(table) => [index("account_notices_by_user").on(table.userId)],
);
