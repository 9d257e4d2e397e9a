// Decides who is asking: sign-in, sessions, API keys, accounts, roles, suspensions, and the links that work once.
// Needs the database, the settings, a secret, a clock, the keys and, for emails, a mail server.
// Promises that a suspension, a role or an ended session counts within two seconds, and that no answer reveals who has an account.
export {
	type AccountStatusChange,
	changeAccountStatus,
	endTurnsOfSuspended,
} from "./accounts/change-status.ts";
export { deleteAccount } from "./accounts/delete-account.ts";
export { createUser } from "./accounts/register.ts";
export { getUserId, listUsers, type UserAccount } from "./accounts/users.ts";
export { findKey } from "./authenticate.ts";
export { type Auth, createAuth } from "./create-auth.ts";
export { createEmailSender } from "./email.ts";
export { emailField, linkTokenField, nameField, passwordField } from "./fields.ts";
export {
	clientAddressHeader,
	createProxyList,
	type IsProxy,
	toClientAddress,
} from "./limits/client-address.ts";
export { createResetLink } from "./links/administrator-links.ts";
export { deleteOpenLinks, type OneTimeLink } from "./links/one-time-links.ts";
export { createBackground } from "./needs.ts";
export { sessionCookieName } from "./sessions/cookies.ts";
export { endAllSessions } from "./sessions/end-session.ts";
export type { Viewer } from "./viewer.ts";
