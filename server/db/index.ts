// Decides how PostgreSQL is reached: one pool of connections, also over TLS and behind a pooler; its schema; notices between processes.
// Needs: the address of a PostgreSQL 15 or newer.
// Promises: every statement is answered within about 6 s, if only by `storage_unavailable`; the schema is current.
export { type ConnectInput, connectDatabase, type Database, withQueries } from "./connect.ts";
export { AddressMistake, parseDatabaseAddress, toPlace } from "./database-address.ts";
export { type DatabaseOrTransaction, inTransaction, type TransactionOptions } from "./in-transaction.ts";
export { isLive } from "./is-live.ts";
export { migrateDatabase } from "./migrate.ts";
export { createNotices } from "./notices.ts";
export { prepareDatabase } from "./prepare-database.ts";
export { findSchemaId, holdSchema, listOwnTables, rebuildSchema } from "./schema-id.ts";
export { toStorageError } from "./storage-error.ts";
