import type { SourceFault } from "../source-fault.ts";

/** Faults of sessions, links and limits of attempts. */
export const authFaults: readonly SourceFault[] = [
	{
		what: "a session without an end",
		file: "server/auth/sessions/sessions.ts",
		search: "if (!claims || claims.expiresAtMs <= clock.now()) return null;",
		replace: "if (!claims) return null;",
		tests: ["server/auth/sessions"],
	},
	{
		what: "a session outlives the change of its password",
		file: "server/auth/sessions/sessions.ts",
		search:
			"if (!account || account.isEnded || account.viewer.sessionEpoch !== claims.sessionEpoch) return null;",
		replace: "if (!account || account.isEnded) return null;",
		tests: ["server/auth/sessions", "server/auth/passwords"],
	},
	{
		what: "a session outlives its sign-out",
		file: "server/auth/sessions/sessions.ts",
		search: "if (!account || account.isEnded || account",
		replace: "if (!account || account",
		tests: ["server/auth/sessions"],
	},
	{
		what: "links of a former administrator still work",
		file: "server/auth/links/one-time-links.ts",
		search: "and maker.role = 'admin' and",
		replace: "and",
		tests: ["server/auth/links"],
	},
	{
		what: "streams of a suspended account go on",
		file: "server/auth/sessions/sessions.ts",
		search: "!account.isSuspended &&",
		replace: "",
		tests: ["server/auth/sessions"],
	},
	{
		what: "one attempt more than allowed",
		file: "server/auth/limits/attempts.ts",
		search: "if (current.count >= max)",
		replace: "if (current.count > max)",
		tests: ["server/auth/limits"],
		isQuick: true,
	},
	{
		what: "a window of attempts never opens again",
		file: "server/auth/limits/attempts.ts",
		search: "if (!current || nowMs - current.startedAtMs >= windowMs) {",
		replace: "if (!current) {",
		tests: ["server/auth/limits"],
		isQuick: true,
	},
	{
		what: "the last administrator can be suspended",
		file: "server/auth/accounts/change-status.ts",
		search: 'const stepsDown = change.role === "user" || change.isSuspended === true;',
		replace: 'const stepsDown = change.role === "user";',
		tests: ["server/auth/accounts"],
	},
	{
		what: "a one-time link works twice",
		file: "server/auth/links/one-time-links.ts",
		search: "eq(oneTimeLinks.purpose, purpose),\n\t\tisNull(oneTimeLinks.usedAt),",
		replace: "eq(oneTimeLinks.purpose, purpose),",
		tests: ["server/auth"],
	},
	{
		what: "a link works after its end",
		file: "server/auth/links/one-time-links.ts",
		search: "gt(oneTimeLinks.expiresAt, sql`now()`),",
		replace: "",
		tests: ["server/auth"],
	},
];
