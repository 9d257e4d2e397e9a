import { sql } from "drizzle-orm";
import { check, integer, jsonb, pgTable, timestamp, uuid } from "drizzle-orm/pg-core";

const instant = (name: string) => timestamp(name, { withTimezone: true, mode: "date" });

/**
 * How `auto` chooses, one row for each policy that was drafted. The one that was published last and is not withdrawn is in force, for so many
 * of a hundred people; for the others the one before it. None: the site's default model answers.
 */
export const routingPolicies = pgTable(
	"routing_policies",
	{
		version: integer().primaryKey().generatedAlwaysAsIdentity(),
		policy: jsonb().notNull(),
		rolloutPercent: integer("rollout_percent").notNull().default(100),
		createdBy: uuid("created_by"),
		createdAt: instant("created_at").notNull().defaultNow(),
		publishedAt: instant("published_at"),
		withdrawnAt: instant("withdrawn_at"),
	},
	(table) => [check("routing_policies_rollout", sql`${table.rolloutPercent} between 1 and 100`)],
);
