// Decides who is asking: sign-in, sessions, accounts, roles, bans, and the links that work once.
// Needs the database, the settings, a secret, a clock and, for letters, a mail server.
// Promises that a ban, a role or an ended session counts within two seconds, and that no answer tells who has an account.
export { changeStanding, type StandingChange } from "./administer.ts";
export { clientAddressHeader, createProxyList, type IsProxy, toClientAddress } from "./client-address.ts";
export { type Auth, createAuth } from "./create-auth.ts";
export { type Deletion, type DeletionNeeds, deleteAccount } from "./delete-account.ts";
export { emailField, linkTokenField, nameField, passwordField } from "./fields.ts";
export { createOneTimeLink, type LinkPurpose, type OneTimeLink } from "./links.ts";
export { createMail, type Letter, type Mail } from "./mail.ts";
export type { AuthInput, AuthLog } from "./needs.ts";
export type { ProviderProfile } from "./provider-rule.ts";
export { createUser } from "./register.ts";
export { listUsers, type UserAccount } from "./users.ts";
export type { Role, Viewer } from "./viewer.ts";
