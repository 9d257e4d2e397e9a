import { toUrl } from "../catalogue/base-url.ts";
import { toNameHeader } from "../http/headers.ts";
import { toAdaptation, toStatedWindow } from "./adapt-request.ts";
import { ProviderError } from "./provider-error.ts";
import type { Deployment } from "./request-shapes.ts";
import type { RequestShape, Wire, WireCall } from "./wire.ts";

/** A server may name several things, one per refusal. */
const adaptationsMax = 4;

/**
 * Sends a request in the form that the deployment accepts. When a refusal names what is wrong with the form, the request is sent again
 * without it, and the change is remembered for the deployment once a request with it is accepted. A refused request costs nothing.
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

/** Remembers the window that a refusal states, so that later conversations are cut to it. */
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
