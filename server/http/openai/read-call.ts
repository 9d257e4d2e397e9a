import { AppError } from "../../contract/errors.ts";
import type { ModelMessage } from "../../contract/model-message.ts";
import type { MessagePart } from "../../contract/parts.ts";
import { readMessages } from "./read-messages.ts";
import { refuseParameter } from "./refuse-parameter.ts";

/** What a chat completion asks for, in Parley's words. */
export interface CompletionCall {
	/** A catalogue id or `auto`. */
	readonly model: string;
	/** The last message, which is answered. */
	readonly parts: readonly MessagePart[];
	readonly earlier: readonly ModelMessage[];
	readonly maxOutputTokens: number | undefined;
	readonly isStream: boolean;
	/** A last piece of the stream has the usage. */
	readonly hasUsage: boolean;
}

type Body = Readonly<Record<string, unknown>>;

const read = ["model", "messages", "stream", "stream_options", "max_tokens", "max_completion_tokens"];
/** They say who asks or help a cache, and change no answer. */
const withoutEffect = ["user", "metadata", "safety_identifier", "prompt_cache_key", "prompt_cache_retention"];

const isEmpty = (value: unknown) => JSON.stringify(value) === "[]" || JSON.stringify(value) === "{}";
const isOne = (value: unknown) => value === 1;
const isZero = (value: unknown) => value === 0;
const isOneOf =
	(...same: unknown[]) =>
	(value: unknown) =>
		same.some((each) => JSON.stringify(each) === JSON.stringify(value));
const isNever = () => false;

/** Parameters that are not passed on, and which values say the same as to leave them out. */
const unsupported: Readonly<Record<string, (value: unknown) => boolean>> = {
	n: isOne,
	temperature: isOne,
	top_p: isOne,
	presence_penalty: isZero,
	frequency_penalty: isZero,
	logprobs: isOneOf(false),
	top_logprobs: isZero,
	logit_bias: isEmpty,
	stop: isEmpty,
	seed: isNever,
	tools: isEmpty,
	tool_choice: isOneOf("none", "auto"),
	parallel_tool_calls: isOneOf(true, false),
	functions: isEmpty,
	function_call: isOneOf("none", "auto"),
	response_format: isOneOf({ type: "text" }),
	modalities: isOneOf(["text"]),
	audio: isNever,
	prediction: isNever,
	reasoning_effort: isNever,
	verbosity: isNever,
	web_search_options: isNever,
	store: isOneOf(false),
	service_tier: isOneOf("auto", "default"),
};

/** Reads the body of a chat completion; null counts as absent. @throws AppError `invalid_request`, with the parameter's name. */
export function readCall(body: unknown): CompletionCall {
	if (typeof body !== "object" || body === null || Array.isArray(body))
		throw new AppError("invalid_request", "The body must be a JSON object.");
	const given: Body = Object.fromEntries(Object.entries(body).filter(([, value]) => value !== null));
	for (const [name, value] of Object.entries(given)) requireSupported(name, value);
	const messages = readMessages(given.messages);
	const last = messages.at(-1);
	if (last?.role !== "user")
		refuseParameter("messages", "invalid_value", "The last message must be of the role user.");
	return {
		model: readModel(given.model),
		parts: last.parts,
		earlier: messages.slice(0, -1),
		maxOutputTokens: readTokens(given, "max_completion_tokens") ?? readTokens(given, "max_tokens"),
		isStream: readFlag(given, "stream"),
		hasUsage: readStreamOptions(given),
	};
}

function requireSupported(name: string, value: unknown): void {
	if (read.includes(name) || withoutEffect.includes(name)) return;
	const isDefault = Object.hasOwn(unsupported, name) ? unsupported[name] : undefined;
	if (!isDefault)
		refuseParameter(name, "unknown_parameter", `Unrecognized request argument supplied: ${name}`);
	if (!isDefault(value))
		refuseParameter(
			name,
			"unsupported_parameter",
			`Parley does not pass '${name}' on to models with this value: leave it out.`,
		);
}

function readModel(model: unknown): string {
	if (model === undefined)
		refuseParameter(
			"model",
			"missing_required_parameter",
			"Name a model: 'auto', or an id of /api/v1/models.",
		);
	if (typeof model === "string" && model.length >= 1 && model.length <= 300) return model;
	return refuseParameter("model", "invalid_type", "'model' is 'auto' or an id of /api/v1/models.");
}

function readTokens(given: Body, name: string): number | undefined {
	const value = given[name];
	if (value === undefined) return undefined;
	if (typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= 10_000_000) return value;
	return refuseParameter(name, "invalid_value", `'${name}' is a whole number of tokens, at least 1.`);
}

function readFlag(given: Body, name: string): boolean {
	const value = given[name] ?? false;
	return typeof value === "boolean"
		? value
		: refuseParameter(name, "invalid_type", `'${name}' is true or false.`);
}

function readStreamOptions(given: Body): boolean {
	const options = given.stream_options;
	if (options === undefined) return false;
	if (given.stream !== true)
		refuseParameter(
			"stream_options",
			"invalid_value",
			"'stream_options' is for streams: send 'stream': true.",
		);
	if (typeof options !== "object" || options === null)
		return refuseParameter("stream_options", "invalid_type", "'stream_options' is an object.");
	// Padding of pieces against observers is not done; asking for it changes no answer.
	const { include_usage: wanted = false } = options as Record<string, unknown>;
	return wanted === true;
}
