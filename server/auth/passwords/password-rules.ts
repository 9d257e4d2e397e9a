import { AppError } from "../../contract/errors.ts";

/** Length in Unicode characters, after normalisation: 8 is the floor of NIST SP 800-63B, 256 keeps hashing cheap. */
export const passwordLength = { min: 8, max: 256 } as const;

export type PasswordWeakness = "password_short" | "password_long" | "password_obvious";

/** NFKC, so that one password typed on two keyboards is one password (NIST SP 800-63B, 3.1.1.2). */
export const normalisePassword = (password: string): string => password.normalize("NFKC");

/** Why a new password is refused, or null. There are no composition rules on purpose: they make people choose weaker passwords. */
export function findPasswordWeakness(password: string, email: string): PasswordWeakness | null {
	const normal = normalisePassword(password);
	const length = [...normal].length;
	if (length < passwordLength.min) return "password_short";
	if (length > passwordLength.max) return "password_long";
	return isObvious(normal.toLowerCase(), email.trim().toLowerCase()) ? "password_obvious" : null;
}

function isObvious(password: string, email: string): boolean {
	const mailbox = email.split("@")[0];
	if (password === email || password === mailbox || password === "password") return true;
	return new Set(password).size === 1 || "01234567890123456789".includes(password);
}

/** Throws `invalid_request` with `details.reason`, a `PasswordWeakness`. */
export function requireGoodPassword(password: string, email: string): void {
	const reason = findPasswordWeakness(password, email);
	if (!reason) return;
	const { min, max } = passwordLength;
	throw new AppError(
		"invalid_request",
		`A password has ${min} to ${max} characters and is not your email address.`,
		{
			details: { field: "password", reason },
		},
	);
}
