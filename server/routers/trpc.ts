import { initTRPC, TRPCError } from "@trpc/server";
import type { Viewer } from "../auth/index.ts";
import { AppError, type ErrorCode, type ErrorDetails, errorTable, isAppError } from "../contract/errors.ts";
import type { UserId } from "../contract/ids.ts";
import type { KeyScope } from "../contract/kinds.ts";
import { toStorageError } from "../db/index.ts";
import { type RateDecision, toRateError } from "../rates/index.ts";
import type { Services } from "../services.ts";
import { toRaiseHint } from "./raise-hint.ts";

/** What a procedure knows about its call: who is asking, and the services of this process. */
export interface RequestContext {
	readonly viewer: Viewer | null;
	readonly services: Services;
	readonly requestId: string;
	/** The caller's network address, for limits; null for a caller on this machine. */
	readonly address: string | null;
	/** The caller's idempotency key: the request takes effect once, however often it is sent. */
	readonly idempotencyKey: string | null;
	/** The rate decisions of this request's calls, for its headers. */
	readonly rates: RateDecision[];
}

/** Every procedure declares who may call it; a test walks the router and checks that it holds. */
export interface ProcedureMeta {
	readonly access: "public" | "viewer" | "admin";
	/** What an API key needs to call it; absent: no key may, whatever it is allowed. */
	readonly keyScope?: KeyScope;
}

const t = initTRPC
	.context<RequestContext>()
	.meta<ProcedureMeta>()
	.create({
		isDev: false,
		sse: { ping: { enabled: true, intervalMs: 10_000 }, client: { reconnectAfterInactivityMs: 25_000 } },
		errorFormatter: ({ shape, error, ctx }) => {
			const failure = toFailure(error);
			const { stack: _stack, ...data } = shape.data as typeof shape.data & { stack?: string };
			return {
				...shape,
				message: failure.message,
				data: {
					...data,
					parley: {
						code: failure.code,
						details: { ...failure.details, ...toRaiseHint(failure, ctx?.viewer ?? null) },
						requestId: ctx?.requestId ?? null,
					},
				},
			};
		},
	});

/** tRPC's own refusals that no code of the error table stands for: a wrong method, or a body of another type. */
const callerMistakes: ReadonlySet<TRPCError["code"]> = new Set([
	"METHOD_NOT_SUPPORTED",
	"UNSUPPORTED_MEDIA_TYPE",
]);

/** What a caller may see of a failure: never the message of an unexpected error, which may quote anything. */
function toFailure(error: TRPCError): { code: ErrorCode; message: string; details: ErrorDetails } {
	if (isAppError(error.cause)) return error.cause;
	const issues = toIssues(error.cause);
	if (issues) return { code: "invalid_request", message: issues.join("; "), details: { issues } };
	if (callerMistakes.has(error.code)) return { code: "invalid_request", message: error.message, details: {} };
	const row = Object.entries(errorTable).find(([, { trpc }]) => trpc === error.code);
	if (!row || error.code === "INTERNAL_SERVER_ERROR")
		return { code: "internal", message: "Something failed on our side.", details: {} };
	return { code: row[0] as ErrorCode, message: error.message, details: {} };
}

/** Field paths and reasons of a failed schema (a ZodError, recognised by shape). */
function toIssues(cause: unknown): string[] | null {
	if (!(cause instanceof Error) || !("issues" in cause) || !Array.isArray(cause.issues)) return null;
	return cause.issues
		.slice(0, 20)
		.map((issue) => [issue.path?.join(".") || null, issue.message].filter(Boolean).join(": "));
}

/** Gives a failure the tRPC code, and so the HTTP status, that the error table names. */
const withErrorTable = t.middleware(async ({ next }) => {
	const result = await next();
	const failure = result.ok ? null : toStorageError(result.error.cause);
	if (isAppError(failure)) throw toTRPCError(failure);
	return result;
});

export function toTRPCError(error: AppError): TRPCError {
	return new TRPCError({ code: errorTable[error.code].trpc, message: error.message, cause: error });
}

export const router = t.router;
export const createCallerFactory = t.createCallerFactory;

/** Refuses API keys, except where a procedure says what a key needs. */
const withKeyScope = t.middleware(({ ctx, meta, next }) => {
	if (ctx.viewer?.key) requireScope(ctx.viewer.key, meta?.keyScope);
	return next();
});

/** @throws AppError `forbidden` with the scope that is missing, or with none where no key may do this. */
export function requireScope({ scopes }: NonNullable<Viewer["key"]>, scope: KeyScope | undefined): void {
	if (scope !== undefined && scopes.includes(scope)) return;
	const words = scope === undefined ? "No API key may do this." : `This API key lacks the scope ${scope}.`;
	throw new AppError("forbidden", words, { details: { reason: "key_scope", scope: scope ?? null } });
}

/** Anyone may call it. */
export const publicProcedure = t.procedure.meta({ access: "public" }).use(withErrorTable).use(withKeyScope);

/** A signed-in person whose account is not suspended may call it. Queries wait for one of the person's places to read. */
export const viewerProcedure = t.procedure
	.meta({ access: "viewer" })
	.use(withErrorTable)
	.use(withKeyScope)
	.use(({ ctx, next, type }) => {
		const { viewer } = ctx;
		if (!viewer) throw new AppError("unauthorized", "Sign in first.");
		const run = () => next({ ctx: { ...ctx, viewer } });
		return type === "query" ? ctx.services.reads.run(viewer.userId, run) : run();
	});

/**
 * For calls that start an answer, after their input: counts them against the caller's rate. A request that was accepted before
 * under the same name is answered again and does not count: the procedure calls `onReplay` when it finds the earlier one. Here
 * a name is looked up only before the call would be refused.
 */
export const withRateLimit = toRateLimit(({ chat }, userId, name) => chat.hasAccepted(userId, name));
/** As `withRateLimit`, for calls that make a batch: one request, however many prompts. */
export const withBatchRateLimit = toRateLimit(({ batches }, userId, name) =>
	batches.hasCreated(userId, name),
);

function toRateLimit(isReplay: IsReplay) {
	return t.middleware(async ({ ctx, input, next }) => {
		const { viewer } = ctx;
		if (!viewer) throw new AppError("unauthorized", "Sign in first.");
		const name = findName(input) ?? ctx.idempotencyKey;
		return next({ ctx: { onReplay: await takeRate({ ...ctx, viewer }, name, isReplay) } });
	});
}

type IsReplay = (services: Services, userId: UserId, name: string) => Promise<boolean>;

/**
 * Counts one call against the caller's rate. Returns what to call when the call turns out to repeat an earlier one.
 *
 * @throws AppError `rate_limited`, except for a name that was accepted before.
 */
export async function takeRate(
	{ viewer, services, rates }: Pick<RequestContext, "services" | "rates"> & { readonly viewer: Viewer },
	name: string | null,
	isReplay: IsReplay = ({ chat }, userId, named) => chat.hasAccepted(userId, named),
): Promise<() => Promise<void>> {
	const taken = await services.turnRates.take(viewer);
	const place = rates.push(taken) - 1;
	if (taken.verdict.outcome === "deny") {
		const isKnown = name !== null && (await isReplay(services, viewer.userId, name));
		if (!isKnown) throw toRateError(taken.verdict.retryAfterMs);
	}
	return async () => {
		rates[place] = await taken.giveBack();
	};
}

function findName(input: unknown): string | null {
	if (typeof input !== "object" || input === null) return null;
	const { clientMessageId, clientBatchId } = input as Record<string, unknown>;
	const name = clientMessageId ?? clientBatchId;
	return typeof name === "string" ? name : null;
}

/** A viewer, or a program whose API key has this scope. */
export const keyProcedure = (keyScope: KeyScope) => viewerProcedure.meta({ access: "viewer", keyScope });

/** Only administrators may call it. */
export const adminProcedure = viewerProcedure.meta({ access: "admin" }).use(({ ctx, next }) => {
	if (ctx.viewer.role !== "admin") throw new AppError("forbidden", "Administrators only.");
	return next({ ctx });
});
