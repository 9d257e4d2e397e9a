import type { IncomingMessage, ServerResponse } from "node:http";
import * as z from "zod";
import { type Cassette, replayCassette } from "./cassette.ts";
import { type ChatCall, countPromptTokens, parseChatCall, parseResponsesCall } from "./chat-call.ts";
import { createChatFormat } from "./chat-format.ts";
import type { ChosenFault, FaultDice } from "./choose-fault.ts";
import { parseEmbedCall, toEmbeddings } from "./embed.ts";
import { type Exchange, sendError, sendJson } from "./exchange.ts";
import { getFault } from "./faults.ts";
import {
	type FaultCall,
	findModelSpec,
	mergeSelections,
	type SimOptions,
	SimSpecError,
	takeDirective,
} from "./options.ts";
import type { AnswerPlanner } from "./plan-answer.ts";
import type { Recordings } from "./recordings.ts";
import type { ChatMessage, RequestLog, RequestRecord } from "./request-log.ts";
import { createResponsesFormat } from "./responses-format.ts";
import { streamAnswer } from "./stream-answer.ts";
import { sendWholeAnswer } from "./whole-answer.ts";

/** What answering needs from the simulator. */
export interface AnswerRoom {
	readonly log: RequestLog;
	readonly dice: FaultDice;
	readonly planner: AnswerPlanner;
	readonly recordings: Recordings;
	readonly defaults: SimOptions;
	readonly refuseConnections: (forMs: number) => void;
}

/** One request with its whole body. */
export interface Arrival {
	readonly request: IncomingMessage;
	readonly response: ServerResponse;
	readonly path: string;
	readonly body: unknown;
	/** Microseconds of the monotonic clock when the headers were there. */
	readonly receivedUs: number;
}

interface Selection {
	readonly selected: Partial<SimOptions>;
	/** Requests with the same wording share a counter. */
	readonly wording: string;
	/** The conversation as it is without directives. */
	readonly messages: readonly ChatMessage[];
}

/** Reads what the request wants of the simulator: header before model name before directive. @throws SimSpecError */
function readSelection(arrival: Arrival, call: ChatCall): Selection {
	const header = arrival.request.headers["x-sim"];
	const headerSpec = typeof header === "string" ? header : null;
	const modelSpec = findModelSpec(call.model);
	const last = call.messages.findLast(({ role }) => role === "user");
	const directive = takeDirective(last?.text ?? "").spec;
	return {
		selected: mergeSelections([directive, modelSpec, headerSpec]),
		wording: JSON.stringify([call.model, headerSpec, directive]),
		messages: call.messages.map((message) => ({ ...message, text: takeDirective(message.text).text })),
	};
}

const invalid = (message: string, code = "invalid_request_error") => ({
	type: "invalid_request_error",
	code,
	message,
});
const tooLong: FaultCall = { name: "context-length", argument: null };

function refuseBody(response: ServerResponse, error: unknown) {
	if (error instanceof z.ZodError) return sendError(response, 400, invalid(z.prettifyError(error)));
	if (error instanceof SimSpecError) return sendError(response, 400, invalid(error.message, "sim_selection"));
	throw error;
}

/** Notes how the exchange ends: a response that closes before it was finished was left by its client. */
function watchEnd(record: RequestRecord, response: ServerResponse, log: RequestLog) {
	const { socket } = response;
	response.once("close", () => {
		if (response.writableFinished) return log.close(record, "completed");
		if (record.outcome === "active" || record.outcome === "completed") {
			record.bytesAfterAbort = socket?.writableLength ?? 0;
			log.close(record, "aborted_by_client");
		}
	});
}

function chooseFault(exchange: Exchange, selection: Selection, dice: FaultDice): ChosenFault | null {
	const { options, record } = exchange;
	if (record.promptTokens > options.windowTokens) return { call: tooLong, fault: getFault(tooLong) };
	const counter = options.key ?? selection.wording;
	return dice.choose({ options, selected: selection.selected, counter });
}

const nameOf = ({ call }: ChosenFault) =>
	call.argument === null ? call.name : `${call.name}@${call.argument}`;

function answer(exchange: Exchange, chosen: ChosenFault | null, room: AnswerRoom) {
	const { call, record } = exchange;
	if (chosen !== null) record.fault = nameOf(chosen);
	if (chosen?.fault.refuse !== undefined) return chosen.fault.refuse(exchange, chosen.call);
	record.isAccepted = true;
	const canReplay = chosen === null && call.stream && exchange.options.text === "recorded";
	const tape = canReplay ? room.recordings.findCassette(call.model, call.messages) : undefined;
	if (tape !== undefined) return replay(exchange, tape);
	const plan = room.planner.plan(exchange, chosen);
	const input = { id: record.id, createdAtSeconds: Math.floor(Date.now() / 1000), plan };
	const format = call.format === "chat" ? createChatFormat(input) : createResponsesFormat(input);
	if (call.stream) streamAnswer(exchange, plan, format);
	else sendWholeAnswer(exchange, plan, format);
}

/** The recorded response, bytes and timing; what it reports is what it is billed. */
function replay({ response, record, log, receivedUs }: Exchange, tape: Cassette) {
	record.status = tape.status;
	const onEnd = (how: Cassette["ending"]) => {
		record.reported = tape.usage;
		record.tokensSent = tape.usage?.completionTokens ?? 0;
		log.close(record, how === "end" ? "completed" : "faulted");
	};
	replayCassette(tape, { response, receivedUs, onEnd });
}

/** Answers `/v1/chat/completions` and `/v1/responses`, or fails as the request asks for. */
export function answerChat(arrival: Arrival, room: AnswerRoom) {
	const { request, response, path } = arrival;
	try {
		const parsed = path.endsWith("/responses")
			? parseResponsesCall(arrival.body)
			: parseChatCall(arrival.body);
		const selection = readSelection(arrival, parsed);
		const { selected, messages } = selection;
		const options = { ...room.defaults, ...selected };
		if (options.fault !== null) getFault(options.fault);
		const call = { ...parsed, messages };
		const promptTokens = countPromptTokens(parsed.messages);
		const { model, stream, maxTokens } = call;
		const opened = { path, headers: request.headers, model, stream, maxTokens, promptTokens };
		const record = room.log.open({ ...opened, messages: parsed.messages });
		record.cachedTokens = options.cachedTokens;
		response.setHeader("x-request-id", record.id);
		watchEnd(record, response, room.log);
		const { log, refuseConnections } = room;
		const { receivedUs } = arrival;
		const exchange = { request, response, call, options, record, log, receivedUs, refuseConnections };
		answer(exchange, chooseFault(exchange, selection, room.dice), room);
	} catch (error) {
		refuseBody(response, error);
	}
}

/** Answers `/v1/embeddings`; faults of status and connection can be selected by header and model name. */
export function answerEmbeddings(arrival: Arrival, room: AnswerRoom) {
	const { request, response, path } = arrival;
	try {
		const embed = parseEmbedCall(arrival.body);
		const messages = embed.texts.map((text) => ({ role: "input", text }));
		const call: ChatCall = {
			format: "chat",
			model: embed.model,
			stream: false,
			wantsUsage: true,
			maxTokens: null,
			messages,
		};
		const selection = readSelection(arrival, call);
		const options = { ...room.defaults, ...selection.selected };
		const { model, promptTokens } = embed;
		const record = room.log.open({
			path,
			headers: request.headers,
			model,
			stream: false,
			maxTokens: null,
			promptTokens,
			messages,
		});
		response.setHeader("x-request-id", record.id);
		watchEnd(record, response, room.log);
		const { log, refuseConnections } = room;
		const exchange = {
			request,
			response,
			call,
			options,
			record,
			log,
			receivedUs: arrival.receivedUs,
			refuseConnections,
		};
		const chosen = chooseFault(exchange, selection, room.dice);
		if (chosen?.fault.refuse !== undefined) {
			record.fault = nameOf(chosen);
			return chosen.fault.refuse(exchange, chosen.call);
		}
		record.isAccepted = true;
		record.status = 200;
		record.reported = { promptTokens, cachedTokens: 0, completionTokens: 0, reasoningTokens: 0 };
		log.close(record, "completed");
		sendJson(response, { status: 200, body: toEmbeddings(embed) });
	} catch (error) {
		refuseBody(response, error);
	}
}
