import {
	createBackground,
	createEmailSender,
	createResetLink,
	createUser,
	emailField,
	getUserId,
	listUsers,
	type UserAccount,
} from "../../auth/index.ts";
import { type Command, type CommandContext, findOption, requireOption, UsageError } from "../command.ts";
import { findAuthSecret } from "../look-up.ts";
import { toTable } from "../print.ts";

export const userCommands: Command[] = [
	{
		name: "user create",
		about: "creates an account; asks for the password, or reads it from the input with --password -",
		usage: "--email E [--password -] --role admin|user [--plan P] [--name N]",
		options: {
			email: { type: "string" },
			password: { type: "string" },
			role: { type: "string" },
			plan: { type: "string" },
			name: { type: "string" },
		},
		run: async (context, options) => {
			const email = requireEmail(requireOption(options, "email"));
			const role = requireRole(requireOption(options, "role"));
			const { password, warning } = await readPassword(context, findOption(options, "password"));
			const name = typeof options.name === "string" ? options.name : undefined;
			const plan = typeof options.plan === "string" ? options.plan : undefined;
			const secret = await findAuthSecret(context.settings);
			const made = { email, password, role, name, plan };
			const user = await createUser(await context.openDatabase(), made, secret);
			return { json: toJson(user), text: `Created ${user.email} (${user.role}, plan ${user.plan})`, warning };
		},
	},
	{
		name: "user list",
		about: "lists every account, newest first",
		usage: "",
		options: {},
		run: async (context) => {
			const users = await listUsers(await context.openDatabase());
			const heads = ["email", "name", "role", "plan", "created", "suspended"];
			const rows = users.map((user) => [
				user.email,
				user.name,
				user.role,
				user.plan,
				toDay(user.createdAt),
				user.suspendedAt === null ? "" : toDay(user.suspendedAt),
			]);
			return { json: users.map(toJson), text: toTable(heads, rows) };
		},
	},
	{
		name: "user reset-link",
		about: "a one-time link with which the account's owner sets a new password",
		usage: "--email E",
		options: { email: { type: "string" } },
		run: async (context, options) => {
			const email = requireEmail(requireOption(options, "email"));
			const db = await context.openDatabase();
			const { settings } = context;
			let warning: string | undefined;
			const background = createBackground({
				warn: () => {
					warning = "Warning: the owner was not notified by email: the mail server took no letter.";
				},
			});
			const mail = createEmailSender(settings.mail);
			const needs = { db, settings, mail, background, secret: null };
			const link = await createResetLink(needs, { userId: await getUserId(db, email), by: null });
			await background.settle();
			return { json: { url: link.url, expiresAt: link.expiresAt.toISOString() }, text: link.url, warning };
		},
	},
];

function requireEmail(text: string): string {
	const email = emailField.safeParse(text);
	if (email.success) return email.data;
	throw new UsageError("--email must be an email address");
}

function requireRole(text: string): "admin" | "user" {
	if (text === "admin" || text === "user") return text;
	throw new UsageError("--role must be admin or user");
}

/** A password on the command line stays in the shell's history, and every user of the machine sees it in the list of processes. */
const visiblePassword =
	"Warning: a password on the command line is visible to other users of this machine and stays in the shell's history. Leave out --password to be asked for it, or pipe it in with --password -";

/** @throws {UsageError} when none is given and there is no terminal to ask on. */
async function readPassword(
	context: CommandContext,
	given: string | undefined,
): Promise<{ password: string; warning?: string }> {
	if (given === "-") return { password: await context.readInput() };
	if (given !== undefined) return { password: given, warning: visiblePassword };
	const password = await context.askPassword();
	if (password !== null) return { password };
	throw new UsageError(
		"--password - is required where there is no terminal: it reads the password from the input",
	);
}

function toJson(user: UserAccount) {
	const { userId, email, name, role, plan, createdAt, suspendedAt } = user;
	return {
		userId,
		email,
		name,
		role,
		plan,
		createdAt: createdAt.toISOString(),
		suspendedAt: suspendedAt?.toISOString() ?? null,
	};
}

function toDay(instant: Date): string {
	return instant.toISOString().slice(0, 10);
}
