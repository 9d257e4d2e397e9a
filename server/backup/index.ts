// Decides what a copy of the whole database is: one file, of one instant, that can be verified without its database.
// Needs: a database for create and restore, the file alone for verify.
// Promises: the ledger is exact to the nano-dollar; a restore is all or nothing; a changed byte and a foreign file are found.
export type { BackupManifest } from "./format.ts";
export { restoreBackup } from "./restore-backup.ts";
export { type SealState, toSealKey } from "./seal.ts";
export type { MoneyCheck } from "./tally.ts";
export { type VerifiedBackup, verifyBackup } from "./verify-backup.ts";
export { createBackup } from "./write-backup.ts";
