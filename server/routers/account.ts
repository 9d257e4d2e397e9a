import * as z from "zod";
import { emailField, linkTokenField, nameField, passwordField } from "../auth/index.ts";
import { publicProcedure, router, viewerProcedure } from "./trpc.ts";

const role = z.enum(["admin", "user"]);
const done = z.object({ ok: z.literal(true) });
const ok = { ok: true } as const;

/** Whose account was made; the browser signs in with the password it still has. */
const registered = z.object({ userId: z.string(), email: z.string() });
const registration = z.object({ email: emailField, password: passwordField, name: nameField.optional() });
const registrationByLink = registration.extend({ token: linkTokenField });

export const accountRouter = router({
	/** What a sign-in page has to know. */
	options: publicProcedure
		.output(
			z.object({
				signUp: z.enum(["on", "off", "invite"]),
				providers: z.array(z.object({ id: z.string(), name: z.string() })),
				hasMail: z.boolean(),
			}),
		)
		.query(({ ctx }) => ctx.services.auth.options),

	me: viewerProcedure
		.output(
			z.object({
				userId: z.string(),
				email: z.string(),
				isEmailVerified: z.boolean(),
				name: z.string(),
				role,
				plan: z.string(),
				hasPassword: z.boolean(),
				/** What happened to the account and was not dismissed yet, oldest first; a page shows it. */
				notices: z.array(
					z.object({ noticeId: z.string(), kind: z.enum(["reset_link_created"]), createdAt: z.string() }),
				),
			}),
		)
		.query(async ({ ctx }) => {
			const { auth } = ctx.services;
			const { userId } = ctx.viewer;
			const [account, notices] = await Promise.all([auth.getAccount(userId), auth.listNotices(userId)]);
			return {
				...account,
				notices: notices.map((notice) => ({ ...notice, createdAt: notice.createdAt.toISOString() })),
			};
		}),

	/** Ends a notice of the caller's own account. */
	dismissNotice: viewerProcedure
		.input(z.object({ noticeId: z.uuid() }))
		.output(done)
		.mutation(async ({ ctx, input }) => {
			await ctx.services.auth.dismissNotice({ ...input, userId: ctx.viewer.userId });
			return ok;
		}),

	signUp: publicProcedure
		.input(registration)
		.output(registered)
		.mutation(({ ctx, input }) => ctx.services.auth.signUp({ ...input, address: ctx.address })),

	acceptInvite: publicProcedure
		.input(registrationByLink)
		.output(registered)
		.mutation(({ ctx, input }) => ctx.services.auth.acceptInvite(input)),

	acceptSetup: publicProcedure
		.input(registrationByLink)
		.output(registered)
		.mutation(({ ctx, input }) => ctx.services.auth.acceptSetup(input)),

	requestReset: publicProcedure
		.input(z.object({ email: emailField }))
		.output(z.object({ answer: z.enum(["mail_sent_if_known", "ask_administrator"]) }))
		.mutation(async ({ ctx, input }) => ({
			answer: await ctx.services.auth.requestPasswordReset({ ...input, address: ctx.address }),
		})),

	resetPassword: publicProcedure
		.input(z.object({ token: linkTokenField, newPassword: passwordField }))
		.output(z.object({ email: z.string() }))
		.mutation(({ ctx, input }) => ctx.services.auth.resetPassword({ ...input, address: ctx.address })),

	changePassword: viewerProcedure
		.input(z.object({ currentPassword: passwordField, newPassword: passwordField }))
		.output(done)
		.mutation(async ({ ctx, input }) => {
			await ctx.services.auth.changePassword(ctx.viewer, input);
			return ok;
		}),

	signOutEverywhere: viewerProcedure.output(done).mutation(async ({ ctx }) => {
		await ctx.services.auth.signOutEverywhere(ctx.viewer);
		return ok;
	}),

	/**
	 * Deletes the caller's account for good. Accounts with a password name it again; the others need a sign-in of the last 15
	 * minutes.
	 */
	delete: viewerProcedure
		.input(z.object({ password: passwordField.nullable().default(null) }))
		.output(done)
		.mutation(async ({ ctx, input }) => {
			await ctx.services.auth.deleteOwnAccount(ctx.viewer, input);
			return ok;
		}),

	updateName: viewerProcedure
		.input(z.object({ name: nameField.refine((name) => name !== "", "A name needs a letter.") }))
		.output(done)
		.mutation(async ({ ctx, input }) => {
			await ctx.services.auth.updateName(ctx.viewer, input.name);
			return ok;
		}),
});
