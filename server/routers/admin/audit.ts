import * as z from "zod";
import { listAudit } from "../../audit/index.ts";
import { adminProcedure, router } from "../trpc.ts";

const line = z.object({
	id: z.string(),
	/** Null for the command line. */
	actorId: z.string().nullable(),
	action: z.string(),
	subject: z.string(),
	details: z.record(z.string(), z.unknown()),
	createdAt: z.string(),
});

export const auditRouter = router({
	/** Who changed what, newest first. */
	list: adminProcedure
		.input(z.object({ cursor: z.uuid().optional(), limit: z.number().int().min(1).max(200).default(50) }))
		.output(z.object({ lines: z.array(line), nextCursor: z.string().nullable() }))
		.query(async ({ ctx, input: { cursor, limit } }) => {
			const found = await listAudit(ctx.services.db, { beforeId: cursor, limit: limit + 1 });
			const lines = found.slice(0, limit);
			return { lines, nextCursor: found.length > limit ? (lines.at(-1)?.id ?? null) : null };
		}),
});
