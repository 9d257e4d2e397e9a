import * as z from "zod";
import { emailField, type OneTimeLink, type UserAccount, type Viewer } from "../auth/index.ts";
import { userId } from "../ids.ts";
import { adminProcedure, router } from "../trpc.ts";

const role = z.enum(["admin", "user"]);
const userOnly = z.object({ userId });

const user = z.object({
	userId: z.string(),
	email: z.string(),
	isEmailVerified: z.boolean(),
	name: z.string(),
	hasPassword: z.boolean(),
	role,
	plan: z.string(),
	suspendedAt: z.string().nullable(),
	createdAt: z.string(),
});
const link = z.object({ url: z.string(), expiresAt: z.string() });

const toUser = (account: UserAccount) => ({
	...account,
	suspendedAt: account.suspendedAt?.toISOString() ?? null,
	createdAt: account.createdAt.toISOString(),
});
const toRequest = ({ viewer, idempotencyKey }: { viewer: Viewer; idempotencyKey: string | null }) =>
	idempotencyKey === null ? null : { by: viewer.userId, idempotencyKey };
const toLink = (made: OneTimeLink) => ({ url: made.url, expiresAt: made.expiresAt.toISOString() });

const usersRouter = router({
	/** Newest first. */
	list: adminProcedure
		.input(z.object({ cursor: userId.optional(), limit: z.number().int().min(1).max(200).default(50) }))
		.output(z.object({ users: z.array(user), nextCursor: z.string().nullable() }))
		.query(async ({ ctx, input: { cursor, limit } }) => {
			const found = await ctx.services.auth.listUsers({ afterId: cursor, limit: limit + 1 });
			const page = found.slice(0, limit);
			return {
				users: page.map(toUser),
				nextCursor: found.length > limit ? (page.at(-1)?.userId ?? null) : null,
			};
		}),

	setRole: adminProcedure
		.input(userOnly.extend({ role }))
		.output(user)
		.mutation(async ({ ctx, input }) => toUser(await ctx.services.auth.setRole(input))),

	suspend: adminProcedure
		.input(userOnly)
		.output(user)
		.mutation(async ({ ctx, input }) => toUser(await ctx.services.auth.suspend(input.userId))),

	unsuspend: adminProcedure
		.input(userOnly)
		.output(user)
		.mutation(async ({ ctx, input }) => toUser(await ctx.services.auth.unsuspend(input.userId))),

	/** A one-time link with which the person sets a new password. */
	resetLink: adminProcedure
		.input(userOnly)
		.output(link)
		.mutation(async ({ ctx, input }) =>
			toLink(await ctx.services.auth.createResetLink({ ...input, request: toRequest(ctx) })),
		),
});

const invitesRouter = router({
	create: adminProcedure
		.input(z.object({ email: emailField.optional(), role: role.default("user") }))
		.output(link)
		.mutation(async ({ ctx, input }) =>
			toLink(await ctx.services.auth.createInvite({ ...input, request: toRequest(ctx) })),
		),
});

export const adminRouter = router({ users: usersRouter, invites: invitesRouter });
