import { hold } from "../faults/refusals.ts";
import { reasoningPiece, type WireFormat } from "../formats/wire-format.ts";
import { type Exchange, reportUsage, resetConnection, sendError } from "../requests/exchange.ts";
import type { AnswerPlan } from "./answer-plan.ts";

/** Sends an answer as one JSON body when its last token is due. A client that leaves earlier is billed the tokens due by then. */
export function sendWholeAnswer(exchange: Exchange, plan: AnswerPlan, format: WireFormat) {
	const { response, record } = exchange;
	const place = plan.break;
	const wanted =
		place === null || place.kind === "bad-json" ? plan.pieces.length : Math.min(place.at, plan.pieces.length);
	if (!Number.isFinite(wanted) || place?.kind === "stall" || place?.kind === "pings") {
		return hold(exchange, { name: "hang", argument: null });
	}
	const total = plan.reasoningTokens + wanted;
	const startedAtMs = performance.now();
	const count = (tokens: number) => {
		record.tokensSent = Math.min(tokens, total);
		record.reasoningTokensSent = Math.min(record.tokensSent, plan.reasoningTokens);
	};
	const timer = setTimeout(
		() => {
			count(total);
			write(exchange, plan, format);
		},
		plan.ttftMs + plan.gapMs * total,
	);
	response.once("close", () => {
		clearTimeout(timer);
		if (record.status !== null) return;
		const generatingMs = performance.now() - startedAtMs - plan.ttftMs;
		if (generatingMs >= 0) count(plan.gapMs === 0 ? total : Math.floor(generatingMs / plan.gapMs));
	});
}

function write(exchange: Exchange, plan: AnswerPlan, format: WireFormat) {
	const { response, record, log } = exchange;
	const content = record.tokensSent - record.reasoningTokensSent;
	const text = Array.from({ length: content }, (_, index) => plan.pieces.at(index)).join("");
	record.textLength = text.length;
	record.status = 200;
	record.firstTokenAt = new Date().toISOString();
	const place = plan.break;
	if (place?.kind === "reset" || place?.kind === "error-event") {
		log.close(record, "faulted");
		if (place.kind === "reset" || place.error === undefined) return resetConnection(response);
		record.status = 500;
		return sendError(response, 500, place.error);
	}
	const usage = place === null ? reportUsage(exchange, plan) : undefined;
	const reasoning = reasoningPiece.repeat(record.reasoningTokensSent);
	const body = JSON.stringify(format.whole({ finishReason: plan.finishReason, usage, text, reasoning }));
	log.close(record, place === null ? "completed" : "faulted");
	response.writeHead(200, { "content-type": "application/json" });
	if (place !== null) response.end(body.slice(0, Math.floor(body.length / 2)));
	else if (plan.isBytewise) {
		for (const byte of Buffer.from(body)) response.write(Uint8Array.of(byte));
		response.end();
	} else response.end(body);
}
