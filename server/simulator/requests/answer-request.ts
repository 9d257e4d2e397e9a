import type { IncomingMessage, ServerResponse } from "node:http";
import * as z from "zod";
import { noTokens } from "../answers/answer-plan.ts";
import type { AnswerPlanner } from "../answers/plan-answer.ts";
import { sendWholeAnswer } from "../answers/send-whole-answer.ts";
import { streamAnswer } from "../answers/stream-answer.ts";
import { findTitled, toTitleOptions } from "../answers/title-prompt.ts";
import type { ChosenFault, FaultPicker } from "../faults/choose-fault.ts";
import { getFault } from "../faults/faults.ts";
import { type ChatCall, parseChatCall, parseResponsesCall } from "../formats/chat-call.ts";
import { createChatFormat } from "../formats/chat-format.ts";
import type { CountPrompt } from "../formats/count-prompt.ts";
import { parseEmbedCall, toEmbeddings } from "../formats/embeddings.ts";
import { parseMessagesCall } from "../formats/messages-call.ts";
import { createMessagesFormat } from "../formats/messages-format.ts";
import { createResponsesFormat } from "../formats/responses-format.ts";
import type { PromptCache } from "../prompt-cache/prompt-cache.ts";
import { type Cassette, replayCassette } from "../recordings/cassette.ts";
import type { Recordings } from "../recordings/recordings.ts";
import { type Exchange, sendError, sendJson } from "./exchange.ts";
import { findPrice, type PriceTable } from "./invoice.ts";
import {
	type FaultCall,
	findModelSpec,
	mergeSelections,
	type SimOptions,
	SimSpecError,
	takeDirective,
} from "./options.ts";
import type { ChatMessage, RequestLog, RequestRecord } from "./request-log.ts";

/** What all requests of a simulator share. */
export interface SimulatorState {
	readonly log: RequestLog;
	readonly faultPicker: FaultPicker;
	readonly planner: AnswerPlanner;
	readonly recordings: Recordings;
	readonly defaults: SimOptions;
	readonly countPrompt: CountPrompt;
	readonly promptCache: PromptCache;
	readonly prices: PriceTable;
	readonly refuseConnections: (forMs: number) => void;
}

/** One request with its whole body. */
export interface ReceivedRequest {
	readonly request: IncomingMessage;
	readonly response: ServerResponse;
	readonly path: string;
	readonly body: unknown;
	/** Microseconds of the monotonic clock when the headers were there. */
	readonly receivedUs: number;
}

interface Selection {
	readonly selected: Partial<SimOptions>;
	/** Requests with the same texts of selection share a counter. */
	readonly counterKey: string;
	/** The conversation as it is without directives. */
	readonly messages: readonly ChatMessage[];
}

/** Reads how the request wants to be answered: the header wins over the model name, that over the directive. @throws SimSpecError */
function readSelection(received: ReceivedRequest, call: ChatCall): Selection {
	const header = received.request.headers["x-sim"];
	const headerSpec = typeof header === "string" ? header : null;
	const modelSpec = findModelSpec(call.model);
	const last = call.messages.findLast(({ role }) => role === "user");
	const directive = takeDirective(last?.text ?? "").spec;
	return {
		selected: mergeSelections([directive, modelSpec, headerSpec]),
		counterKey: JSON.stringify([call.model, headerSpec, directive]),
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

/** Records how the exchange ends: when a response closes before it is finished, its client has left. */
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

function chooseFault(exchange: Exchange, selection: Selection, faultPicker: FaultPicker): ChosenFault | null {
	const { options, record } = exchange;
	if (record.promptTokens + (record.maxTokens ?? 0) > options.windowTokens)
		return { call: tooLong, fault: getFault(tooLong) };
	const counter = options.key ?? selection.counterKey;
	return faultPicker.choose({ options, selected: selection.selected, counter });
}

const nameOf = ({ call }: ChosenFault) =>
	call.argument === null ? call.name : `${call.name}@${call.argument}`;

function answer(exchange: Exchange, chosen: ChosenFault | null, simulator: SimulatorState) {
	const { call, record } = exchange;
	if (chosen !== null) record.fault = nameOf(chosen);
	if (chosen?.fault.refuse !== undefined) return chosen.fault.refuse(exchange, chosen.call);
	record.isAccepted = true;
	keepPrompt(exchange, simulator);
	const canReplay = chosen === null && call.stream && exchange.options.text === "recorded";
	const cassette = canReplay ? simulator.recordings.findCassette(call.model, call.messages) : undefined;
	if (cassette !== undefined) return replay(exchange, cassette);
	const plan = simulator.planner.plan(exchange, chosen);
	const input = { id: record.id, createdAtSeconds: Math.floor(Date.now() / 1000), plan };
	const format = formats[call.format](input);
	if (call.stream) streamAnswer(exchange, plan, format);
	else sendWholeAnswer(exchange, plan, format);
}

const formats = { chat: createChatFormat, responses: createResponsesFormat, messages: createMessagesFormat };

/** What the request selects of the cache goes before what the rules say. */
function keepPrompt({ call, options, record }: Exchange, { promptCache, prices }: SimulatorState) {
	const isSelected = options.cachedTokens > 0 || options.cacheWriteTokens > 0;
	if (isSelected || (call.format !== "messages" && !options.keepsPrompts)) return;
	const chargesWrites = findPrice(call.model, prices)?.cacheWriteUsdPerMTok !== undefined;
	Object.assign(record, promptCache.look(call, { promptTokens: record.promptTokens, chargesWrites }));
}

const parsers = [
	[/\/responses$/, parseResponsesCall],
	[/\/messages$/, parseMessagesCall],
	[/./, parseChatCall],
] as const;

/** Sends the recorded response with its bytes and timing; the usage that it reports is billed. */
function replay({ response, record, log, receivedUs }: Exchange, cassette: Cassette) {
	record.status = cassette.status;
	const onEnd = (how: Cassette["ending"]) => {
		record.reported = cassette.usage;
		record.tokensSent = cassette.usage?.completionTokens ?? 0;
		log.close(record, how === "end" ? "completed" : "faulted");
	};
	replayCassette(cassette, { response, receivedUs, onEnd });
}

/** Answers `/v1/chat/completions`, `/v1/responses` and `/v1/messages`, or fails as the request asks for. */
export function answerChat(received: ReceivedRequest, simulator: SimulatorState) {
	const { request, response, path } = received;
	try {
		const parse = parsers.find(([pattern]) => pattern.test(path))?.[1] ?? parseChatCall;
		const parsed = parse(received.body);
		const selection = readSelection(received, parsed);
		const { selected, messages } = selection;
		const { defaults } = simulator;
		const titled = findTitled(parsed.messages);
		const options =
			titled === null ? { ...defaults, ...selected } : toTitleOptions(titled, { selected, defaults });
		if (options.fault !== null) getFault(options.fault);
		const call = { ...parsed, messages };
		const promptTokens = simulator.countPrompt(parsed.messages, parsed.model);
		const { model, stream, maxTokens } = call;
		const opened = { path, headers: request.headers, model, stream, maxTokens, promptTokens };
		const record = simulator.log.open({ ...opened, messages: parsed.messages });
		record.cachedTokens = options.cachedTokens;
		record.cacheWriteTokens = options.cacheWriteTokens;
		record.cacheWrite1hTokens = options.cacheWrite1hTokens;
		response.setHeader("x-request-id", record.id);
		watchEnd(record, response, simulator.log);
		const { log, refuseConnections } = simulator;
		const { receivedUs } = received;
		const exchange = { request, response, call, options, record, log, receivedUs, refuseConnections };
		answer(exchange, chooseFault(exchange, selection, simulator.faultPicker), simulator);
	} catch (error) {
		refuseBody(response, error);
	}
}

/** Answers `/v1/embeddings`; faults of status and connection can be selected by header and model name. */
export function answerEmbeddings(received: ReceivedRequest, simulator: SimulatorState) {
	const { request, response, path } = received;
	try {
		const embed = parseEmbedCall(received.body);
		const messages = embed.texts.map((text) => ({ role: "input", text }));
		const call: ChatCall = {
			format: "chat",
			model: embed.model,
			stream: false,
			wantsUsage: true,
			maxTokens: null,
			messages,
		};
		const selection = readSelection(received, call);
		const options = { ...simulator.defaults, ...selection.selected };
		const { model, promptTokens } = embed;
		const record = simulator.log.open({
			path,
			headers: request.headers,
			model,
			stream: false,
			maxTokens: null,
			promptTokens,
			messages,
		});
		response.setHeader("x-request-id", record.id);
		watchEnd(record, response, simulator.log);
		const { log, refuseConnections } = simulator;
		const exchange = {
			request,
			response,
			call,
			options,
			record,
			log,
			receivedUs: received.receivedUs,
			refuseConnections,
		};
		const chosen = chooseFault(exchange, selection, simulator.faultPicker);
		if (chosen?.fault.refuse !== undefined) {
			record.fault = nameOf(chosen);
			return chosen.fault.refuse(exchange, chosen.call);
		}
		record.isAccepted = true;
		record.status = 200;
		record.reported = { ...noTokens, promptTokens };
		log.close(record, "completed");
		sendJson(response, { status: 200, body: toEmbeddings(embed) });
	} catch (error) {
		refuseBody(response, error);
	}
}
