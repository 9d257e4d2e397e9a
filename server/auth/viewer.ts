import type { UserId } from "../contract/ids.ts";
import type { ViewerKey } from "../keys/index.ts";

export type Role = "admin" | "user";

/** Who is asking: one signed-in person, as of at most two seconds ago. */
export interface Viewer {
	readonly userId: UserId;
	readonly email: string;
	readonly name: string;
	readonly role: Role;
	readonly plan: string;
	/** The generation of sessions this one belongs to; a session of an older generation is not valid. */
	readonly sessionEpoch: number;
	/** The session, which ends when its person signs out; absent or null for a viewer without one of its own. */
	readonly sessionId?: string | null;
	/** When this session began, ms since 1970; absent for a viewer without a session. */
	readonly signedInAtMs?: number;
	/** When this session ends at the latest, ms since 1970; absent for a viewer without a session. */
	readonly expiresAtMs?: number;
	/** The API key of a program that calls in this person's name; absent: the person has a session. */
	readonly key?: ViewerKey;
}
