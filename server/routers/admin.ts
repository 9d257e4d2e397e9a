import * as z from "zod";
import {
	type AccountStatusChange,
	emailField,
	type OneTimeLink,
	type UserAccount,
	type Viewer,
} from "../auth/index.ts";
import { userId } from "../contract/ids.ts";
import { planId } from "../quota/index.ts";
import { reasonText } from "../usage/index.ts";
import { auditRouter } from "./admin/audit.ts";
import { breakersRouter } from "./admin/breakers.ts";
import { plansRouter } from "./admin/plans.ts";
import { pricesRouter } from "./admin/prices.ts";
import { routingRouter } from "./admin/routing.ts";
import { spendingRouter } from "./admin/spending.ts";
import { adminUsageRouter } from "./admin/usage.ts";
import { adminKeysRouter } from "./keys.ts";
import { adminProcedure, type RequestContext, router } from "./trpc.ts";

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
const toMaker = ({ viewer, idempotencyKey }: { viewer: Viewer; idempotencyKey: string | null }) => ({
	by: viewer.userId,
	idempotencyKey,
});
const toLink = (made: OneTimeLink) => ({ url: made.url, expiresAt: made.expiresAt.toISOString() });

const changeAccountStatus = async (
	{ services, viewer }: Pick<RequestContext, "services"> & { viewer: Viewer },
	change: Omit<AccountStatusChange, "by">,
) => toUser(await services.auth.changeAccountStatus({ ...change, by: viewer.userId }));

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
		.mutation(async ({ ctx, input }) => changeAccountStatus(ctx, input)),

	/** Effective from the person's next request. */
	setPlan: adminProcedure
		.input(userOnly.extend({ plan: planId }))
		.output(user)
		.mutation(async ({ ctx, input }) => changeAccountStatus(ctx, input)),

	suspend: adminProcedure
		.input(userOnly.extend({ reason: reasonText.optional() }))
		.output(user)
		.mutation(async ({ ctx, input }) => changeAccountStatus(ctx, { ...input, isSuspended: true })),

	unsuspend: adminProcedure
		.input(userOnly.extend({ reason: reasonText.optional() }))
		.output(user)
		.mutation(async ({ ctx, input }) => changeAccountStatus(ctx, { ...input, isSuspended: false })),

	/** Permanently, with everything the person wrote; spending stays in the ledger, under an id that leads to no person. */
	delete: adminProcedure
		.input(userOnly.extend({ reason: reasonText.optional() }))
		.output(z.object({ ok: z.literal(true) }))
		.mutation(async ({ ctx, input }) => {
			await ctx.services.auth.deleteAccount({ ...input, by: ctx.viewer.userId });
			return { ok: true } as const;
		}),

	/** A one-time link with which the person sets a new password. */
	resetLink: adminProcedure
		.input(userOnly)
		.output(link)
		.mutation(async ({ ctx, input }) =>
			toLink(await ctx.services.auth.createResetLink({ ...input, ...toMaker(ctx) })),
		),
});

const invitesRouter = router({
	create: adminProcedure
		.input(z.object({ email: emailField.optional(), role: role.default("user") }))
		.output(link)
		.mutation(async ({ ctx, input }) =>
			toLink(await ctx.services.auth.createInvite({ ...input, ...toMaker(ctx) })),
		),
});

export const adminRouter = router({
	users: usersRouter,
	invites: invitesRouter,
	keys: adminKeysRouter,
	plans: plansRouter,
	routing: routingRouter,
	prices: pricesRouter,
	spending: spendingRouter,
	usage: adminUsageRouter,
	breakers: breakersRouter,
	audit: auditRouter,
});
