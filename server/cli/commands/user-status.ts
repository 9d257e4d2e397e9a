import type { AccountStatusChange } from "../../auth/index.ts";
import type { UserId } from "../../contract/ids.ts";
import { type Command, type CommandContext, findReason, type Options, requireOption } from "../command.ts";
import { findAuthSecret } from "../look-up.ts";

export const userStatusCommands: Command[] = [
	{
		name: "user set-plan",
		about: "moves an account to another plan, effective from its next request",
		usage: "--email E --plan P",
		options: { email: { type: "string" }, plan: { type: "string" } },
		run: (context, options) => change(context, options, { plan: requireOption(options, "plan") }),
	},
	{
		name: "user suspend",
		about: "suspends an account: its sessions, sign-ins and running answers end",
		usage: "--email E [--reason R]",
		options: { email: { type: "string" }, reason: { type: "string" } },
		run: (context, options) => change(context, options, { isSuspended: true }),
	},
	{
		name: "user unsuspend",
		about: "ends a suspension",
		usage: "--email E [--reason R]",
		options: { email: { type: "string" }, reason: { type: "string" } },
		run: (context, options) => change(context, options, { isSuspended: false }),
	},
	{
		name: "user delete",
		about: "permanently deletes an account and its content; its spending stays in the ledger, without a name",
		usage: "--email E [--reason R]",
		options: { email: { type: "string" }, reason: { type: "string" } },
		run: async (context, options) => {
			const email = requireOption(options, "email");
			const reason = await findReason(options);
			const { deleteAccount, getUserId } = await import("../../auth/index.ts");
			const { endTurnsOf } = await import("../../turns/index.ts");
			const secret = await findAuthSecret(context.settings);
			const db = await context.openDatabase();
			const userId = await getUserId(db, email);
			const endTurns = (id: UserId) => endTurnsOf(db.sql, id);
			const deletion = { userId, by: null, reason };
			await deleteAccount({ db, secret, endTurns }, deletion);
			return { json: { userId }, text: `Deleted ${email}. Its lines in the ledger stay, under ${userId}` };
		},
	},
];

async function change(
	context: CommandContext,
	options: Options,
	wanted: Omit<AccountStatusChange, "userId" | "by">,
) {
	const email = requireOption(options, "email");
	const reason = await findReason(options);
	const { changeAccountStatus, endTurnsOfSuspended, getUserId } = await import("../../auth/index.ts");
	const { endTurnsOf } = await import("../../turns/index.ts");
	const db = await context.openDatabase();
	const userId = await getUserId(db, email);
	const user = await changeAccountStatus(db, { userId, by: null, reason, ...wanted });
	if (wanted.isSuspended) await endTurnsOfSuspended((id) => endTurnsOf(db.sql, id), user.userId);
	const { name, role, plan } = user;
	const suspendedAt = user.suspendedAt?.toISOString() ?? null;
	const state = suspendedAt === null ? "active" : "suspended";
	return {
		json: { userId, email: user.email, name, role, plan, suspendedAt },
		text: `${user.email}: ${role}, plan ${plan}, ${state}`,
	};
}
