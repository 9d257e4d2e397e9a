// Decides how PostgreSQL is reached: one pool of connections, also over TLS and behind a pooler; its schema; notices between processes.
// Needs: the address of a PostgreSQL 15 or newer.
// Promises: every statement is answered within about 6 s, if only by `storage_unavailable`; the schema is current.
export { type ConnectInput, connectDatabase, type Database, withQueries } from "./connection/connect.ts";
export { AddressMistake, parseDatabaseAddress, toPlace } from "./connection/database-address.ts";
export { toStorageError } from "./connection/storage-error.ts";
export { type DatabaseOrTransaction, inTransaction, type TransactionOptions } from "./in-transaction.ts";
export { isLive } from "./is-live.ts";
export { migrateDatabase } from "./migrations/migrate.ts";
export { prepareDatabase } from "./migrations/prepare-database.ts";
export { findSchemaId, holdSchema, listOwnTables, rebuildSchema } from "./migrations/schema-id.ts";
export { createNotices } from "./notices.ts";
