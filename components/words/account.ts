/** Every English text of the account pages in one object, so that a translation is one more of the same type. */
export const words = {
	productName: "Parley",
	or: "or",
	email: "E-mail",
	password: "Password",
	newPassword: "New password",
	currentPassword: "Current password",
	passwordHint: "8 to 256 characters. A few unrelated words work well.",
	show: "Show",
	hide: "Hide",
	name: "Name",
	nameHint: "Optional. Others see it where your work is listed.",
	backToChats: "Back to your chats",
	backToSignIn: "Back to sign-in",

	signInTitle: "Sign in to Parley",
	signIn: "Sign in",
	signingIn: "Signing in…",
	signInWith: (provider: string) => `Continue with ${provider}`,
	forgot: "Forgot password?",
	noAccount: "No account yet?",
	haveAccount: "Have an account?",
	signUp: "Sign up",
	notSetUp:
		"Parley has no administrator yet. Open the one-time link that the server printed when it started.",

	signUpTitle: "Create your account",
	invitedTitle: "You are invited to Parley",
	signUpByInvite: "Sign-up is by invitation. Ask an administrator for a link.",
	signUpClosed: "Sign-up is closed. Ask an administrator for an account.",
	inviteGone: "This invitation has expired or was used before. Ask for a new one.",
	create: "Create account",
	creating: "Creating…",

	setupTitle: "Create the first administrator",
	setupBody: "This account manages users, models and limits.",
	setupGone:
		"This link has expired or was used before. While there is no administrator, restarting the server prints a new one.",
	setupDone: "Parley is set up already.",

	forgotTitle: "Forgot your password?",
	forgotBody: "We mail you a link with which you choose a new one.",
	forgotNoMail:
		"This server sends no mail. Ask an administrator for a link with which you choose a new password.",
	forgotSent:
		"If there is an account for this address, a letter with a link is on its way. The link works for 60 minutes.",
	sendLink: "Send link",
	sending: "Sending…",

	resetTitle: "Choose a new password",
	resetBody: "You will be signed out on every other device.",
	resetGone: "This link has expired or was used before. Ask for a new one.",
	setPassword: "Set password",
	saving: "Saving…",

	settingsTitle: "Settings",
	profileTitle: "Profile",
	save: "Save",
	saved: "Saved.",
	passwordTitle: "Password",
	changePassword: "Change password",
	passwordChanged: "Changed. You stay signed in here and are signed out everywhere else.",
	noPassword: "You sign in through a provider and have no password here.",
	sessionsTitle: "Sessions",
	sessionsBody: "Ends every session of yours, on this device too.",
	signOutEverywhere: "Sign out everywhere",
	signingOut: "Signing out…",
	signOut: "Sign out",
	deleteTitle: "Delete account",
	deleteBody: "Removes your account and all your chats for good.",
	deleteOpen: "Delete my account",
	deleteQuestion: "Delete your account?",
	deleteWarning:
		"All your chats go, on every device, and nobody can bring them back. Answers being written end now. What you spent stays in the ledger without your name.",
	deletePassword: "Your password",
	deleteConfirm: "Delete for good",
	deleting: "Deleting…",
	cancel: "Cancel",
} as const;

/** What went wrong: a code of the server, of next-auth or of the browser, with what the server told beside it. */
export interface AccountFailure {
	readonly code: string;
	readonly details: Readonly<Record<string, unknown>>;
}

const texts: Record<string, string> = {
	CredentialsSignin: "E-mail or password is not right.",
	AccessDenied: "The provider did not let you in.",
	OAuthSignin: "The provider did not answer. Try again, or sign in another way.",
	OAuthCallback: "The sign-in at the provider was not finished. Try again.",
	Callback: "The sign-in at the provider was not finished. Try again.",
	Configuration: "The sign-in is not set up right. The server's log says more.",
	SessionRequired: "Sign in to continue.",
	cookies: "Your browser does not keep cookies for this address. Allow them and try again.",
	account_exists: "There is an account with this e-mail already. Sign in with your password.",
	email_missing: "The provider did not tell an e-mail address, so there is no account to open.",
	sign_up_closed: "There is no account for you yet, and sign-up is not open. Ask an administrator.",
	suspended: "Your account is paused by an administrator.",
	password_short: "Use at least 8 characters.",
	password_long: "Use at most 256 characters.",
	password_obvious: "This password is easy to guess. Choose another one.",
	email_taken: "There is an account with this e-mail already. Sign in instead.",
	email_not_invited: "The invitation is for another address.",
	link_invalid: "This link has expired or was used before.",
	wrong_password: "This password is not right.",
	sign_in_again: "Sign out and in again first: within 15 minutes after that you can delete your account.",
	last_administrator: "You are the last administrator. Make somebody else one first.",
	turn_live: "An answer of yours is still being ended. Try again in half a minute.",
	administrator_exists: "Parley has an administrator already. Sign in instead.",
	invalid_request: "Something here is not filled in right.",
	unauthorized: "Your session has ended. Sign in again.",
	offline: "You are offline. Try again when you are back.",
	unreachable: "The server does not answer. Try again.",
	storage_unavailable: "The server cannot reach its database right now. Try again.",
};

/** What happened and what to do, in one line of words. */
export function toText({ code, details }: AccountFailure): string {
	const [name, wait] = code.split(":");
	if (name === "rate_limited")
		return `Too many attempts. Try again in ${toWait(Number(wait ?? details.retryAfterMs))}.`;
	const reason = typeof details.reason === "string" ? texts[details.reason] : undefined;
	return reason ?? texts[code] ?? "Something failed on our side. Try again.";
}

/** The field that the failure is about, if it is about one. */
export function toField({ details }: AccountFailure): string | null {
	return typeof details.field === "string" ? details.field : null;
}

/** Minutes and seconds, `12:05`; at least one second. */
function toWait(waitMs: number): string {
	const seconds = Math.max(1, Math.ceil((Number.isFinite(waitMs) ? waitMs : 60_000) / 1000));
	return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}
