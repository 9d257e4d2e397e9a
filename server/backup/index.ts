// Decides what a copy of the whole record is: one file, of one instant, that proves itself without its database.
// Needs: a database for create and restore, the file alone for verify.
// Promises: the ledger is exact to the nano-dollar; a restore happens wholly or not at all; a changed byte is found.
export type { BackupManifest } from "./format.ts";
export { restoreBackup } from "./restore-backup.ts";
export type { MoneyCheck } from "./tally.ts";
export { type VerifiedBackup, verifyBackup } from "./verify-backup.ts";
export { createBackup } from "./write-backup.ts";
