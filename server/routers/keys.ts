import * as z from "zod";
import { keyScopes } from "../contract/kinds.ts";
import { keyFields, type ListedKey, newKey } from "../keys/index.ts";
import { adminProcedure, router, viewerProcedure } from "./trpc.ts";

const keyId = z.uuid().transform((value) => value.toLowerCase());
const keyOnly = z.object({ keyId });
const page = z.object({ cursor: keyId.optional(), limit: z.number().int().min(1).max(200).default(50) });

const listedKey = z.object({
	keyId: z.string(),
	/** The part of the key that is no secret. */
	publicId: z.string(),
	userId: z.string(),
	email: z.string(),
	name: z.string(),
	scopes: z.array(z.enum(keyScopes)),
	createdAt: z.string(),
	expiresAt: z.string().nullable(),
	revokedAt: z.string().nullable(),
	/** At most a minute late; null: never. */
	lastUsedAt: z.string().nullable(),
	/** Until when the secret before the last rotation is valid. */
	formerExpiresAt: z.string().nullable(),
	requestsPerMinute: z.number().nullable(),
	parallelMax: z.number().nullable(),
	nanoUsdPerMonth: z.string().nullable(),
});
/** The key itself is in this answer alone. */
const madeKey = listedKey.extend({ key: z.string() });
const keyPage = z.object({ keys: z.array(listedKey), nextCursor: z.string().nullable() });

function toPage(found: readonly ListedKey[], limit: number) {
	const keys = found.slice(0, limit);
	return { keys, nextCursor: found.length > limit ? (keys.at(-1)?.keyId ?? null) : null };
}

/** A person's own API keys, with which other programs call Parley in that person's name. */
export const keysRouter = router({
	create: viewerProcedure
		.input(newKey)
		.output(madeKey)
		.mutation(({ ctx: { services, viewer }, input }) =>
			services.keys.create({ ...input, userId: viewer.userId, by: viewer.userId }),
		),

	/** Newest first, with those that have ended. */
	list: viewerProcedure
		.input(page.default({ limit: 50 }))
		.output(keyPage)
		.query(async ({ ctx: { services, viewer }, input: { cursor, limit } }) => {
			const of = { ownerId: viewer.userId, beforeId: cursor, limit: limit + 1 };
			return toPage(await services.keys.list(of), limit);
		}),

	/** Another secret; the former one stays valid for the overlap. */
	rotate: viewerProcedure
		.input(keyOnly.extend({ overlapHours: keyFields.overlapHours.default(24) }))
		.output(madeKey)
		.mutation(({ ctx: { services, viewer }, input: { keyId: id, overlapHours } }) =>
			services.keys.rotate({ keyId: id, ownerId: viewer.userId, by: viewer.userId }, { overlapHours }),
		),

	/** Effective at once on this instance and within a second on all. */
	revoke: viewerProcedure
		.input(keyOnly)
		.output(listedKey)
		.mutation(({ ctx: { services, viewer }, input }) =>
			services.keys.revoke({ ...input, ownerId: viewer.userId, by: viewer.userId }),
		),
});

/** Everyone's API keys. */
export const adminKeysRouter = router({
	list: adminProcedure
		.input(page.default({ limit: 50 }))
		.output(keyPage)
		.query(async ({ ctx: { services }, input: { cursor, limit } }) =>
			toPage(await services.keys.list({ ownerId: null, beforeId: cursor, limit: limit + 1 }), limit),
		),

	revoke: adminProcedure
		.input(keyOnly)
		.output(listedKey)
		.mutation(({ ctx: { services, viewer }, input }) =>
			services.keys.revoke({ ...input, ownerId: null, by: viewer.userId }),
		),
});
