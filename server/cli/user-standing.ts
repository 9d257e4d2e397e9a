import type { StandingChange } from "../auth/index.ts";
import { type Command, type CommandContext, findOption, type Options, requireOption } from "./command.ts";
import { findUserId } from "./find-user.ts";

export const standingCommands: Command[] = [
	{
		name: "user set-plan",
		about: "puts an account on another plan, from its next request on",
		usage: "--email E --plan P",
		options: { email: { type: "string" }, plan: { type: "string" } },
		run: (context, options) => change(context, options, { plan: requireOption(options, "plan") }),
	},
	{
		name: "user suspend",
		about: "pauses an account: it can neither sign in nor go on",
		usage: "--email E [--reason R]",
		options: { email: { type: "string" }, reason: { type: "string" } },
		run: (context, options) => change(context, options, { isSuspended: true }),
	},
	{
		name: "user unsuspend",
		about: "ends a pause",
		usage: "--email E [--reason R]",
		options: { email: { type: "string" }, reason: { type: "string" } },
		run: (context, options) => change(context, options, { isSuspended: false }),
	},
];

async function change(
	context: CommandContext,
	options: Options,
	wanted: Omit<StandingChange, "userId" | "by">,
) {
	const email = requireOption(options, "email");
	const { changeStanding } = await import("../auth/index.ts");
	const db = await context.openDatabase();
	const userId = await findUserId(db, email);
	const reason = findOption(options, "reason");
	const user = await changeStanding(db, { userId, by: null, reason, ...wanted });
	const { name, role, plan } = user;
	const suspendedAt = user.suspendedAt?.toISOString() ?? null;
	const state = suspendedAt === null ? "active" : "suspended";
	return {
		json: { userId, email: user.email, name, role, plan, suspendedAt },
		text: `${user.email}: ${role}, plan ${plan}, ${state}`,
	};
}
