/** Every English text of the account pages in one object, so that a translation is one more of the same type. */
export const words = {
	or: "or",
	email: "Email",
	password: "Password",
	newPassword: "New password",
	currentPassword: "Current password",
	passwordHint: "8 to 256 characters. A few unrelated words work well.",
	show: "Show",
	hide: "Hide",
	name: "Name",
	nameHint: "Optional. Shown to others.",
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
	notSetUp: "Parley has no administrator yet. Open the one-time link the server printed at startup.",

	signUpTitle: "Create your account",
	invitedTitle: "You're invited to Parley",
	signUpByInvite: "Sign-up is by invitation. Ask an administrator for a link.",
	signUpClosed: "Sign-up is closed. Ask an administrator for an account.",
	inviteGone: "This invitation has expired or was already used. Ask for a new one.",
	create: "Create account",
	creating: "Creating…",

	setupTitle: "Create the first administrator",
	setupBody: "This account manages users, models and limits.",
	setupGone: "This link has expired or was already used. Restart the server to print a new one.",
	setupDone: "Parley is already set up.",

	forgotTitle: "Forgot your password?",
	forgotBody: "We'll email you a link to set a new password.",
	forgotNoMail: "This server can't send email. Ask an administrator for a link to set a new password.",
	forgotSent:
		"If this address has an account, an email with a link is on its way. The link works for 60 minutes.",
	sendLink: "Send link",
	sending: "Sending…",

	resetTitle: "Choose a new password",
	resetBody: "You'll be signed out on all other devices.",
	resetGone: "This link has expired or was already used. Ask for a new one.",
	setPassword: "Set password",
	saving: "Saving…",

	notice: {
		reset_link_created: (day: string) =>
			`On ${day} an administrator made a link with which a new password can be set for your account. If you didn't ask for it, ask an administrator who did.`,
	},
	dismiss: "Got it",

	settingsTitle: "Settings",
	profileTitle: "Profile",
	save: "Save",
	saved: "Saved.",
	passwordTitle: "Password",
	changePassword: "Change password",
	passwordChanged: "Password changed. You're still signed in here and signed out everywhere else.",
	noPassword: "You sign in with a provider, so there's no password here.",
	sessionsTitle: "Sessions",
	sessionsBody: "Signs you out on all devices, including this one.",
	signOutEverywhere: "Sign out everywhere",
	signingOut: "Signing out…",
	signOut: "Sign out",
	deleteTitle: "Delete account",
	deleteBody: "Permanently removes your account and all your chats.",
	deleteOpen: "Delete my account",
	deleteQuestion: "Delete your account?",
	deleteWarning:
		"This permanently deletes all your chats, and they can't be restored. Answers in progress stop now. What you spent stays in the ledger without your name.",
	deletePassword: "Your password",
	deleteConfirm: "Delete account",
	deleting: "Deleting…",
	cancel: "Cancel",
} as const;

/** What went wrong: a code of the server, of next-auth or of the browser, with what the server told beside it. */
export interface AccountFailure {
	readonly code: string;
	readonly details: Readonly<Record<string, unknown>>;
}

/** By code of the server, of next-auth, or of the browser. */
const texts: Record<string, string> = {
	CredentialsSignin: "Wrong email or password.",
	AccessDenied: "The provider didn't let you in.",
	OAuthSignin: "The provider didn't respond. Try again, or sign in another way.",
	OAuthCallback: "Sign-in with the provider wasn't completed. Try again.",
	Callback: "Sign-in with the provider wasn't completed. Try again.",
	Configuration: "Sign-in isn't configured correctly. See the server log.",
	SessionRequired: "Sign in to continue.",
	cookies: "Your browser blocks cookies for this address. Allow them and try again.",
	account_exists: "An account with this email already exists. Sign in with your password.",
	email_missing: "The provider didn't share your email address, so there's no account to open.",
	sign_up_closed: "You don't have an account yet, and sign-up is closed. Ask an administrator.",
	suspended: "An administrator has paused your account.",
	password_short: "Use at least 8 characters.",
	password_long: "Use at most 256 characters.",
	password_obvious: "This password is easy to guess. Choose another one.",
	email_taken: "An account with this email already exists. Sign in instead.",
	email_not_invited: "This invitation is for another address.",
	link_invalid: "This link has expired or was already used.",
	wrong_password: "Wrong password.",
	sign_in_again: "Sign in again, then delete your account within 15 minutes.",
	last_administrator: "You're the only administrator. Make someone else an administrator first.",
	turn_live: "One of your answers is still stopping. Try again in half a minute.",
	administrator_exists: "Parley already has an administrator. Sign in instead.",
	invalid_request: "Check what you entered and try again.",
	unauthorized: "Your session has ended. Sign in again.",
	public_url:
		"This server doesn't know the address in your browser. Its operator has to set PARLEY_PUBLIC_URL to it.",
	forbidden: "The server refused this. Reload the page and try again.",
	offline: "You're offline. Try again when you're back online.",
	unreachable: "The server isn't responding. Try again.",
	storage_unavailable: "The server can't reach its database right now. Try again.",
};

/** What happened and what to do, in one line of words. */
export function toText({ code, details }: AccountFailure): string {
	const [name, wait] = code.split(":");
	if (name === "rate_limited")
		return `Too many attempts. Try again in ${toWait(Number(wait ?? details.retryAfterMs))}.`;
	const reason = typeof details.reason === "string" ? texts[details.reason] : undefined;
	return reason ?? texts[code] ?? "Something went wrong on our side. Try again.";
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
