/**
 * Runs in a worker: reads the Markdown of answers and draws their formulas, so that no text can make the page wait. What
 * takes too long is ended from outside (`parser.ts`).
 */
import { GrowingAnswer } from "../parse/growing-answer";
import { parseAnswer, toChunks, toPlainBlock } from "../parse/parse-answer";
import type { TreeInput } from "../parse/to-tree";
import type { TopBlock } from "../parse/tree";
import type { ParseReply, ParseRequest } from "./parse-messages";

type RenderFormula = NonNullable<TreeInput["renderFormula"]>;

/** What is known of one answer. */
interface Known {
	readonly growing: GrowingAnswer;
	/** The blocks of the last reply, and their JSON to compare with. */
	sent: readonly TopBlock[];
	json: string[];
	last: ParseRequest;
}

/** Answers whose growth is remembered; a page shows one that grows at a time. */
const knownMax = 8;
const known = new Map<number, Known>();
/** What was answered without its formulas. */
const waitingForMath = new Map<number, ParseRequest>();
let renderFormula: RenderFormula | null = null;
let loading: Promise<void> | null = null;

const reply = (message: ParseReply) => postMessage(message);

addEventListener("message", ({ data }: MessageEvent<ParseRequest>) => answer(data));
reply({ type: "ready" });

function answer(request: ParseRequest): void {
	const state = remember(request);
	let isMathMissing = false;
	const render: RenderFormula = (source, isDisplay) => {
		if (renderFormula) return renderFormula(source, isDisplay);
		isMathMissing = true;
		return { html: null, error: null };
	};
	send(state, parse(state, request, render));
	if (!isMathMissing) return;
	waitingForMath.set(request.answer, request);
	void loadMath();
}

function remember(request: ParseRequest): Known {
	const state = known.get(request.answer) ?? {
		growing: new GrowingAnswer(),
		sent: [],
		json: [],
		last: request,
	};
	state.last = request;
	known.delete(request.answer);
	known.set(request.answer, state);
	for (const [oldest] of known) if (known.size > knownMax) known.delete(oldest);
	return state;
}

function parse(state: Known, request: ParseRequest, render: RenderFormula): readonly TopBlock[] {
	if (request.plainChunks) return parseChunks(request, render);
	return request.isGrowing ? state.growing.parse(request, render) : parseAnswer(request, render);
}

function parseChunks(
	{ answer, text, switches, plainChunks }: ParseRequest,
	render: RenderFormula,
): TopBlock[] {
	return toChunks(text).flatMap(({ start, end }, index) => {
		if (plainChunks?.includes(index)) return toPlainBlock(text, start, end);
		reply({ type: "chunk", answer, index });
		const own = switches.flatMap(({ index: at, ...one }) =>
			one.at >= start && one.at < end ? [{ index: at, at: one.at - start }] : [],
		);
		const blocks = parseAnswer({ text: text.slice(start, end), isGrowing: false, switches: own }, render);
		return blocks.map((top) => ({ ...top, start: top.start + start, end: top.end + start }));
	});
}

/** Sends what is not the same as before: finished blocks travel once. */
function send(state: Known, blocks: readonly TopBlock[]): void {
	let same = 0;
	const json: string[] = [];
	for (const [index, block] of blocks.entries()) {
		const isKnown = block === state.sent[index];
		json.push(isKnown ? (state.json[index] ?? "") : JSON.stringify(block));
		if (same === index && json[index] === state.json[index]) same += 1;
	}
	state.sent = blocks;
	state.json = json;
	const { answer, text } = state.last;
	reply({ type: "blocks", answer, text, same, blocks: blocks.slice(same) });
}

/** KaTeX comes with the first formula; then everything that waited for it is sent again. */
function loadMath(): Promise<void> {
	loading ??= import("./render-formula").then(
		(module) => {
			renderFormula = module.renderFormula;
			for (const request of waitingForMath.values()) {
				const state = known.get(request.answer);
				state?.growing.reset();
				answer(state?.last ?? request);
			}
			waitingForMath.clear();
		},
		() => {
			// The next answer with a formula tries again; until then formulas show their source.
			loading = null;
		},
	);
	return loading;
}
