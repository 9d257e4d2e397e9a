import { toUrl } from "../catalogue/base-url.ts";
import { toNameHeader } from "../http/headers.ts";
import { toAdaptation, toStatedWindow } from "./adapt-request.ts";
import { ProviderError } from "./provider-error.ts";
import type { Deployment } from "./request-shapes.ts";
import type { RequestShape, Wire, WireCall } from "./wire.ts";

/** A server may refuse several things, one after another. */
const adaptationsMax = 4;

/**
 * Sends a request as the deployment wants it. A refusal that says what is wrong with the request's form is no failure: the request is
 * sent once more without it, and what helped is kept for the deployment. A refused request has cost nothing.
 *
 * @throws ProviderError
 */
export async function sendAdapted(
	call: WireCall,
	{ wire, deployment }: { readonly wire: Wire; readonly deployment: Deployment },
): Promise<Response> {
	let shape = deployment.shape();
	let { maxOutputTokens } = call;
	let learned: Partial<RequestShape> = {};
	const tried = new Set<string>();
	for (;;) {
		maxOutputTokens = Math.min(maxOutputTokens, shape.outputTokensMax ?? maxOutputTokens);
		try {
			const response = await send({ ...call, maxOutputTokens }, wire, shape);
			if (Object.keys(learned).length > 0) deployment.learn(learned);
			return response;
		} catch (error) {
			if (!(error instanceof ProviderError)) throw error;
			const adaptation =
				tried.size < adaptationsMax ? toAdaptation(error, { shape, maxOutputTokens }, tried) : null;
			if (!adaptation) {
				learnWindow(error, deployment);
				throw error;
			}
			tried.add(adaptation.kind);
			maxOutputTokens = adaptation.maxOutputTokens ?? maxOutputTokens;
			learned = { ...learned, ...adaptation.learned };
			shape = { ...shape, ...adaptation.learned };
		}
	}
}

/** A conversation that is too long stays so; the next one can be cut to the window that the provider states. */
function learnWindow(error: ProviderError, deployment: Deployment): void {
	const contextWindow = error.kind === "http" ? toStatedWindow(error) : null;
	if (contextWindow !== null && contextWindow !== deployment.shape().contextWindow)
		deployment.learn({ contextWindow });
}

function send(call: WireCall, wire: Wire, shape: RequestShape): Promise<Response> {
	const { path, headers, body } = wire.toRequest(call, shape);
	return call.fetch(toUrl(call.provider.baseUrl, path), {
		method: "POST",
		headers: { "content-type": "application/json", ...headers, ...toNameHeader(call.name) },
		body: JSON.stringify(body),
		signal: call.signal,
	});
}
