import type postgres from "postgres";
import { AppError, isAppError } from "../contract/errors.ts";
import { toStorageError } from "./storage-error.ts";

/** SQLSTATE codes of a server that answers and says no (PostgreSQL, appendix A). */
const refusals: Record<string, (place: string, database: string) => string> = {
	"28P01": (place) => `The database at ${place} refuses the password in DATABASE_URL`,
	"28000": (place) =>
		`The database at ${place} refuses the user in DATABASE_URL, or wants TLS (?sslmode=require)`,
	"3D000": (place, database) =>
		`There is no database "${database}" at ${place}. Create it: createdb ${database}`,
	"42501": (place, database) => `The user in DATABASE_URL may not create tables in "${database}" at ${place}`,
};

/** The first failure of a connection, in words for the operator; other errors as they are. Never the address's password. */
export function explainConnection(error: unknown, sql: postgres.Sql): unknown {
	const { host, port, database } = sql.options;
	const place = `${host[0] ?? "?"}:${port[0] ?? "?"}`;
	const code = error instanceof Error && "code" in error ? String(error.code) : "";
	const refusal = refusals[code]?.(place, database ?? "");
	if (refusal !== undefined) return new AppError("storage_unavailable", refusal, { cause: error });
	const storageError = toStorageError(error);
	if (!isAppError(storageError) || isAppError(error)) return error;
	const message = `The database at ${place} does not answer (${code || "no connection"}). Check DATABASE_URL, and that PostgreSQL runs and can be reached from here`;
	return new AppError("storage_unavailable", message, { cause: error });
}
