// Decides which API keys there are, what each may do, and whether a key that a caller shows is one of them.
// Needs the database, notices between processes, and a clock.
// Promises that garbage costs no query, that a revoked key is refused within a second everywhere, and that no secret is stored.
export {
	createKey,
	deleteKeysOf,
	type ListedKey,
	listKeys,
	revokeAllKeys,
	revokeKey,
	rotateKey,
} from "./api-keys.ts";
export { createKeys, type Keys } from "./create-keys.ts";
export { keyFields, newKey } from "./fields.ts";
export { holdsKey, isKeyText } from "./key-text.ts";
export type { ViewerKey } from "./read-key.ts";
