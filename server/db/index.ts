// Decides how the record is reached: one pool of connections to PostgreSQL, its schema, and word between processes.
// Needs: the address of a PostgreSQL 15 or newer.
// Promises: one pool with bounded waits, a current schema, and a typed error when storage does not answer.
export { type ConnectInput, connectDatabase, type Database } from "./connect.ts";
export { type DatabaseOrTransaction, inTransaction, type TransactionOptions } from "./in-transaction.ts";
export { migrateDatabase } from "./migrate.ts";
export { createNotices } from "./notices.ts";
export { findSchemaId, holdSchema, listOwnTables, rebuildSchema } from "./schema-id.ts";
export { toStorageError } from "./storage-error.ts";
