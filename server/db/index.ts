// Decides where the record lives: an own PostgreSQL, or the embedded one in the data folder.
// Needs an address or a folder that it may write to.
// Promises one pool with bounded waits, a current schema, and a typed error when storage does not answer.
export { type ConnectInput, connectDatabase, type Database } from "./connect.ts";
export { type EmbeddedDatabase, type EmbeddedInput, startEmbeddedDatabase } from "./embedded.ts";
export { migrateDatabase } from "./migrate.ts";
export { createNotices } from "./notices.ts";
export { findSchemaId, holdSchema, listOwnTables, rebuildSchema } from "./schema-id.ts";
export { ensureSecrets, findSecrets, type Secrets } from "./secrets.ts";
export { toStorageError } from "./storage-error.ts";
