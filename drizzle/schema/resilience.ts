import {
	bigint,
	boolean,
	index,
	integer,
	pgTable,
	primaryKey,
	text,
	timestamp,
	uuid,
} from "drizzle-orm/pg-core";

const instant = (name: string) => timestamp(name, { withTimezone: true, mode: "date" });

export const breakerStates = ["closed", "open", "half_open"] as const;
export const breakerCauses = [
	"in_a_row",
	"share",
	"probe_failed",
	"probes_succeeded",
	"time",
	"hand",
] as const;

/**
 * Circuit breakers that have ever had something to tell: `<providerId>/<providerModelId>` for a model, `<providerId>` for the
 * provider's key. What has no row is closed and in its first epoch. All instants are the database's.
 */
export const breakers = pgTable("breakers", {
	key: text().primaryKey(),
	state: text({ enum: breakerStates }).notNull().default("closed"),
	/** Grows with each change of state: a result counts only for the state in which its call was admitted. */
	epoch: integer().notNull().default(1),
	/** How often it has opened since it was last closed: each time for twice as long. */
	openings: integer().notNull().default(0),
	/** Opened by hand, until it is closed by hand. */
	isHeld: boolean("is_held").notNull().default(false),
	/** The person whose failures alone opened it (`toPersonId`): the calls of others are admitted as probes. Null: it is open for everybody. */
	person: integer(),
	/** When probes begin; null while it is not open, or held. */
	openUntil: instant("open_until"),
	/** Until when the provider asked to wait: no failure, but no process calls. */
	throttledUntil: instant("throttled_until"),
	/** The last failures, at most as many as open it when no success came after the first of them. */
	failedAts: instant("failed_ats").array().notNull().default([]),
	/** Whose calls these were, in the same order. */
	failedBy: integer("failed_by").array().notNull().default([]),
	/** The last success that was not taken back. */
	lastSuccessAt: instant("last_success_at"),
	lastFailureAt: instant("last_failure_at"),
	/** The class of the last failure that was counted here (see the room's `rules`), and when; also of a probe. */
	lastErrorClass: text("last_error_class"),
	lastErrorAt: instant("last_error_at"),
	probeSuccesses: integer("probe_successes").notNull().default(0),
	changedAt: instant("changed_at").notNull().defaultNow(),
});

/**
 * Calls and failures by the second, of the seconds whose calls may still run. A call counts from its first content on; when it
 * breaks later its failure is counted in that same second, where its success no longer stands.
 */
export const breakerCounts = pgTable(
	"breaker_counts",
	{
		key: text().notNull(),
		second: instant("second").notNull(),
		calls: integer().notNull(),
		failures: integer().notNull(),
		/** The last success of this second. It stands while fewer calls failed than there were. */
		successAt: instant("success_at"),
	},
	(table) => [primaryKey({ columns: [table.key, table.second] })],
);

/** Who may call while a breaker is half open. A process that died gives its place back when its lease ends. */
export const breakerProbes = pgTable(
	"breaker_probes",
	{
		key: text().notNull(),
		id: uuid().notNull(),
		leasedUntil: instant("leased_until").notNull(),
	},
	(table) => [primaryKey({ columns: [table.key, table.id] })],
);

/** Every change of every breaker: when, from what to what, why, by whom. Append-only. */
export const breakerHistory = pgTable(
	"breaker_history",
	{
		id: bigint({ mode: "number" }).primaryKey().generatedAlwaysAsIdentity(),
		key: text().notNull(),
		fromState: text("from_state", { enum: breakerStates }).notNull(),
		toState: text("to_state", { enum: breakerStates }).notNull(),
		/** The epoch that began. */
		epoch: integer().notNull(),
		cause: text({ enum: breakerCauses }).notNull(),
		/** What was counted, or what an administrator said. */
		reason: text(),
		/** Null for the room itself and for the command line. */
		changedBy: uuid("changed_by"),
		openUntil: instant("open_until"),
		changedAt: instant("changed_at").notNull(),
	},
	(table) => [index("breaker_history_by_key").on(table.key, table.id)],
);
