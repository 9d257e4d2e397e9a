import type { IncomingMessage, ServerResponse } from "node:http";
import { findKey, type Viewer } from "../../auth/index.ts";
import { AppError, isAppError } from "../../contract/errors.ts";
import { toStorageError } from "../../db/index.ts";
import type { CatalogueModel } from "../../models/index.ts";
import type { RequestContext } from "../../routers/index.ts";
import type { Services } from "../../services.ts";
import { readBody } from "../guards/body.ts";
import { requireNoKeyInUrl } from "../guards/key-in-url.ts";
import { readIdempotencyKey } from "../idempotency-key.ts";
import { toRateHeaders } from "../rate-headers.ts";
import { sendJson } from "../send-json.ts";
import type { Streams } from "../streams/open-streams.ts";
import { answerCompletion } from "./answer-completion.ts";
import { sendErrorBody, toShown } from "./send-error.ts";

export interface OpenAiInput {
	readonly services: Services;
	readonly streams: Streams;
	readonly requestId: string;
	readonly address: string | null;
	/** Aborts when the body passes its cap. */
	readonly tooLarge: AbortSignal;
	/** Below `/api/v1/`, as it was sent. */
	readonly path: string;
}

/**
 * Answers what speaks OpenAI's protocol, for API keys alone: a session is for pages. No other site's page may read an answer, because no
 * header says so.
 */
export async function answerOpenAi(
	request: IncomingMessage,
	response: ServerResponse,
	by: OpenAiInput,
): Promise<void> {
	const { services, requestId } = by;
	const rates: RequestContext["rates"] = [];
	response.setHeader("cache-control", "no-store");
	try {
		requireNoKeyInUrl(request.url);
		const viewer = await authenticate(request, services);
		const idempotencyKey = readIdempotencyKey(request.headers["idempotency-key"]);
		const context = { viewer, services, requestId, address: by.address, idempotencyKey, rates };
		await answer(request, response, { ...by, context });
	} catch (cause) {
		const error = toStorageError(cause);
		if (!isAppError(error))
			services.logger.error(
				{ event: "http.call_failed", err: error, path: by.path, requestId },
				"A call in OpenAI's protocol failed.",
			);
		if (response.headersSent || response.destroyed) response.destroy();
		else
			sendErrorBody(response, error, {
				requestId,
				headers: toRateHeaders(rates, [{ cause: toShown(error) }]),
			});
	}
}

async function authenticate({ headers }: IncomingMessage, { auth }: Services): Promise<Viewer> {
	const viewer =
		findKey(headers.authorization) === null
			? null
			: await auth.authenticate(undefined, headers.authorization);
	if (viewer) return viewer;
	throw new AppError("unauthorized", "Send an API key: Authorization: Bearer KEY.", {
		details: { reason: "invalid_key" },
	});
}

async function answer(
	request: IncomingMessage,
	response: ServerResponse,
	by: OpenAiInput & { readonly context: RequestContext & { readonly viewer: Viewer } },
): Promise<void> {
	const { path, services, context, streams } = by;
	if (path === "chat/completions" && request.method === "POST") {
		const body = await readJson(request, by.tooLarge);
		return await answerCompletion(response, body, { context, streams });
	}
	if (path === "models" && request.method === "GET")
		return sendJson(response, 200, { object: "list", data: listModels(services) });
	if (path.startsWith("models/") && request.method === "GET") {
		const id = decodeURIComponent(path.slice("models/".length));
		const model = listModels(services).find((each) => each.id === id);
		if (model) return sendJson(response, 200, model);
		throw new AppError("unknown_model", `There is no model '${id.slice(0, 100)}'.`, {
			details: { param: "model" },
		});
	}
	throw new AppError("not_found", `There is no ${request.method} /api/v1/${path.slice(0, 100)}.`);
}

async function readJson(request: IncomingMessage, tooLarge: AbortSignal): Promise<unknown> {
	if (!/^application\/json(;|$)/i.test(request.headers["content-type"] ?? ""))
		throw new AppError("invalid_request", "The body must be application/json.");
	const text = (await readBody(request, tooLarge)).toString("utf8");
	try {
		return JSON.parse(text);
	} catch (cause) {
		throw new AppError("invalid_request", "The body is not JSON.", { cause });
	}
}

/** `auto`, and every model of the catalogue; which of them a plan includes is said by the refusal of the others. */
function listModels({ models }: Services) {
	return [
		toModel("auto", "parley", null),
		...models.list().map((model) => toModel(model.id, model.providerId, model)),
	];
}

const toModel = (id: string, owner: string, model: CatalogueModel | null) => ({
	id,
	object: "model",
	// The catalogue does not know when a model was made.
	created: 0,
	owned_by: owner,
	...(model && {
		x_parley: {
			name: model.name,
			tier: model.tier,
			context_window: model.contextWindow,
			max_output_tokens: model.maxOutputTokens,
			is_test: model.isTest,
		},
	}),
});
