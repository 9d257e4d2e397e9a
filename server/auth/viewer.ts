import type { UserId } from "../contract/ids.ts";

export type Role = "admin" | "user";

/** Who is asking: one signed-in person, as of at most two seconds ago. */
export interface Viewer {
	readonly userId: UserId;
	readonly email: string;
	readonly name: string;
	readonly role: Role;
	readonly plan: string;
	/** The generation of sessions this one belongs to; an older generation is over. */
	readonly sessionEpoch: number;
	/** When this session began, ms since 1970; absent where nobody knows. */
	readonly signedInAtMs?: number;
}
