import { type ErrorBody, readErrorBody } from "./error-body.ts";
import type { FailureClass } from "./rules.ts";

/** The status of a response, or the one that an error event names; null when there is none. */
type Status = number | null;

/**
 * The meaning of an error by what its body says; null when it says nothing known. Codes count before text. `http` statuses that
 * speak for themselves are the caller's.
 *
 * What closes a model or a key for other people (`throttled`, `no_credit`, `auth`, `not_found`) is read from codes of the error
 * itself and from the beginning of a message, where no quotation of a person's text stands. What only ends the person's own turn
 * (`filtered_request`, `context_length`) is searched in the whole message.
 */
export function findMeaning(body: ErrorBody, status: Status): FailureClass | null {
	if (hasCode(codes.verdict, body, "quoted")) return "filtered_request";
	if (hasCode(codes.filterOutage, body, "quoted")) return "filter_outage";
	if (startsWith(texts.accountClosed, body)) return startsWith(texts.noCredit, body) ? "no_credit" : "auth";
	if (!isAboutSender(status) && contains(texts.verdict, body)) return "filtered_request";
	if (status === 402 || hasCode(codes.noCredit, body)) return "no_credit";
	if (isBelow500(status) && startsWith(texts.noCredit, body)) return "no_credit";
	if (isTooLong(body, status)) return "context_length";
	if (hasCode(codes.throttled, body)) return "throttled";
	if ((status === null || status >= 500) && startsWith(texts.throttled, body)) return "throttled";
	if (hasCode(codes.notFound, body) || (status !== 401 && startsWith(texts.notFound, body)))
		return "not_found";
	if (hasCode(codes.auth, body) || (isBelow500(status) && startsWith(texts.auth, body))) return "auth";
	return null;
}

/** Statuses about the key, the account or the rate: their sentences about policies are not about a request's content. */
const isAboutSender = (status: Status): boolean =>
	status !== null && [401, 402, 407, 429, 529].includes(status);

const isBelow500 = (status: Status): boolean => status === null || status < 500;

function isTooLong(body: ErrorBody, status: Status): boolean {
	if (status === 413 || hasCode(codes.tooLong, body, "quoted")) return true;
	// A single request above the limit per minute: no wait makes it fit.
	if (status === 429) return startsWith(/request too large/i, body);
	return contains(texts.tooLong, body);
}

const hasCode = (pattern: RegExp, body: ErrorBody, ...also: "quoted"[]): boolean =>
	body.codes.some((code) => pattern.test(code)) ||
	(also.length > 0 && body.quotedCodes.some((code) => pattern.test(code)));

/** Whether a server answers that it is still loading its model, as llama.cpp does. */
export function isModelLoading(error: unknown): boolean {
	if (!(error instanceof Error && "body" in error && "status" in error)) return false;
	return error.status === 503 && startsWith(texts.loading, readErrorBody(String(error.body)));
}

const startCharacters = 120;
const startsWith = (pattern: RegExp, { messages, isPage }: ErrorBody): boolean =>
	!isPage && messages.some((message) => pattern.test(message.slice(0, startCharacters)));

const contains = (pattern: RegExp, { messages, isPage }: ErrorBody): boolean =>
	!isPage && messages.some((message) => pattern.test(message));

/**
 * Compared with codes in lower case without punctuation: OpenAI, Azure OpenAI, Anthropic, Google, Bedrock, Mistral, DeepSeek, Groq,
 * Cerebras, xAI, Moonshot, Alibaba, Volcengine, Perplexity, OpenRouter, Ollama, llama.cpp and vLLM, and what is spelt alike.
 */
const codes = {
	verdict: new RegExp(
		[
			"contentfilter(?!error|unavailable)|contentpolicy|contentviolation|content(?:block|reject|unsafe|moderat)",
			"policyviolation|violat\\w*policy|usagepolic|usageguideline|safetyviolation|safetycheck|^safety$|blockedbysafety|safetyblock",
			"invalidprompt|prompt(?:block|reject|filter)|blockedprompt|^blocklist$|prohibitedcontent|prohibiteduse",
			"moderation(?:block|fail|flag|reject)|flaggedinput|inputflagged|datainspection|riskdetected|guardrail|refusal",
			"sensitive(?:content|word|text|info)|inappropriate|unsafecontent|harmfulcontent|^spii$|^recitation$",
		].join("|"),
	),
	filterOutage: /contentfilter(?:error|unavailable)/,
	noCredit: new RegExp(
		[
			"insufficient\\w*(?:quota|balance|credit|fund)|(?:not|in)enough(?:quota|balance|credit)",
			"billing(?:error|notactive|hardlimit|disabled|required)|exceededcurrentquota|credits?exhausted|outofcredit",
			"creditlimit|creditbalance|arrear|overdue|paymentrequired|^402$",
		].join("|"),
	),
	throttled: new RegExp(
		[
			"ratelimit|toomanyrequests|throttl|overload|slowdown|resourceexhausted|quotaexceeded|requestlimit",
			"capacityexceeded|exceededcapacity|atcapacity|limitrequests|burstrate|concurren\\w*limit|queueexceeded",
			"(?:server|engine|model|system)busy|^(?:429|498|529)$",
		].join("|"),
	),
	tooLong:
		/context(?:length|window|size)|stringabovemaxlength|(?:prompt|input|request|message)too(?:long|large)|inputlength/,
	notFound:
		/(?:model|deployment)(?:id)?not(?:found|exist|available|supported)|nosuchmodel|(?:unknown|invalid)model(?:id|name)?$|^notfound(?:error)?$|^(?:404|410)$/,
	auth: new RegExp(
		[
			"(?:invalid|incorrect|expired|missing|wrong)(?:api|access|auth\\w*)?(?:key|token)|keyinvalid|keyexpired|authentication|unauthenticated|unauthorized",
			"permission(?:error|denied)|accessdenied|account(?:deactivated|disabled|suspended)|unsupportedcountry|^(?:401|403|407)$",
		].join("|"),
	),
};

const texts = {
	verdict: new RegExp(
		[
			"content (?:filter(?:ing)?|management|moderation|usage|safety|use)?[ _-]?polic",
			"(?:violat|against|breach|flagged|not comply|goes against)[^.]{0,60}(?:usage|content|safety|community|acceptable[ -]use|moderation|responsible)[^.]{0,24}(?:polic|guideline|rule|standard|term|filter|system|practice)",
			"\\b(?:content|prompt|input|output|text|image|response|message)s?\\b[^.]{0,40}\\b(?:flagged|blocked|filtered|moderated|prohibited|inappropriate|unsafe|harmful|sensitive|disallowed)\\b",
			"\\brequest\\b[^.]{0,40}\\b(?:flagged|moderated|filtered)\\b",
			"\\b(?:prohibited|inappropriate|harmful|unsafe|sensitive|disallowed|objectionable|offensive|explicit) (?:content|material|text|prompt)",
			"\\bsafety (?:system|filter|check|setting|reason|concern|polic|guideline)|safety_check|blocked (?:by|due to|for) safety",
			"content exists risk|data inspection|blocked by (?:the |a |our )?guardrail",
			"敏感|不安全|违规|不合规|不当内容",
		].join("|"),
		"i",
	),
	/** Of the account that pays, not of a request. */
	accountClosed:
		/^\W{0,3}(?:your |this |the )?(?:[\w-]+ )?(?:account|organi[sz]ation|workspace|project|team|api key)\b[^.]{0,60}\b(?:deactivated|disabled|suspended|terminated|banned|revoked)/i,
	noCredit:
		/insufficient (?:account |user |token )?(?:balance|credits?|funds|quota)|credit balance is too low|out of credits|(?:any|no more|all available|enough) credits\b|spending (?:limit|cap)\b|\b(?:overdue|in arrears|unpaid invoice|past invoices)|account is not active\b.{0,20}\bbilling|余额不足|欠费/i,
	throttled:
		/overloaded|\bbusy\b|(?:at|over) capacity|capacity exceeded|too many (?:concurrent )?requests|rate limit(?:ed)? (?:exceeded|reached)|high demand|loading model|model\b.{0,40}\bloading|饱和|繁忙|过载/i,
	loading: /\bloading model|\bmodel\b.{0,40}\b(?:is|being) (?:currently )?load/i,
	tooLong: new RegExp(
		[
			"context.?(?:length|window|size|limit)|maximum (?:context|prompt|input)|max(?:imum)?_?prompt_?length|too many (?:input )?tokens",
			"(?:prompt|input|request|message|conversation)s? (?:is|are|was) too (?:long|large)|input token count|token limit",
			"longer than the (?:model|maximum)|reduce (?:the|your) (?:length|message|prompt|input)|range of input length",
			"exceed\\w* the (?:model'?s? )?(?:maximum|limit|available|allowed)[^.]{0,30}(?:tokens|length|size)|inputs?`? tokens.{0,30}must be",
			"exceed\\w* (?:the )?(?:model'?s? )?max(?:imum)?[ _](?!\\w*(?:output|completion|new))[^.]{0,30}(?:tokens|length|size|input)",
			"(?:less|fewer) than \\d+ tokens|only supports \\d+ tokens|payload size exceeds",
			"超长|过长|超过.{0,12}(?:长度|token)",
		].join("|"),
		"i",
	),
	notFound:
		/\bmodel\b.{0,80}\b(?:not found|does ?n[o'’]t exist|not a valid model|no longer (?:available|supported)|not loaded|has been (?:retired|deprecated|removed))|not a valid model|\bmodel (?:identifier|id|name)\b.{0,20}\binvalid|unknown model|no endpoints found|no such model/i,
	auth: /api key (?:not valid|expired|is invalid|was not found)|(?:invalid|incorrect|expired|missing) (?:api |access |authentication )?(?:key|token|credentials?)|invalid authentication|\bunauthori[sz]ed\b/i,
};
