import type { Sql } from "postgres";
import { toLiveCondition } from "../contract/turn-status.ts";

/** The condition that a row of `turns` is live, for hand-written SQL. */
export const isLive = (sql: Sql, column?: string) => sql.unsafe(toLiveCondition(column));
