/**
 * Formulas as a part of the Markdown grammar: `$ $` by Pandoc's rule (no space inside, no digit behind the closing sign),
 * `$$ $$`, `\( \)` and `\[ \]`, in a line, over lines and as blocks. Everything that is not a formula stays text: prices,
 * template strings, shell variables, cells of spreadsheets, escaped brackets.
 *
 * https://pandoc.org/MANUAL.html#extension-tex_math_dollars
 */
import type { Extension as FromMarkdown } from "mdast-util-from-markdown";
import { factorySpace } from "micromark-factory-space";
import { markdownLineEnding } from "micromark-util-character";
import type { Code, Construct, Effects, Extension, State, TokenizeContext } from "micromark-util-types";
import { type Budget, type Closing, findClosing, isFlowFormula, toOpening } from "./math-rules";

declare module "micromark-util-types" {
	interface TokenTypeMap {
		mathFormula: "mathFormula";
		mathMarker: "mathMarker";
		mathValue: "mathValue";
	}
}

/** A formula in the syntax tree. */
export interface MathNode {
	type: "formula";
	value: string;
	isDisplay: boolean;
	isOpen: boolean;
	position?: { start: { offset?: number }; end: { offset?: number } };
}

declare module "mdast" {
	interface PhrasingContentMap {
		formula: MathNode;
	}
	interface RootContentMap {
		formula: MathNode;
	}
}

/** Characters that may be looked at ahead in one parse; behind that nothing is a formula. */
const lookAheadMax = 2_000_000;

interface MathOptions {
	/** What is parsed: looked at ahead, so that nothing begins a formula that does not end. */
	readonly source: string;
	/** The text is still being written: a formula at its end may lack its closing sign. */
	readonly isGrowing: boolean;
}

/** The grammar, and what makes nodes of its tokens. For one parse. */
export function createMath(options: MathOptions): { syntax: Extension; fromMarkdown: FromMarkdown } {
	/** By the place where they begin. */
	const found = new Map<number, Closing>();
	const budget = { left: lookAheadMax };
	const text = toConstruct(options, { kind: "text", found, budget });
	const flow = toConstruct(options, { kind: "flow", found, budget });
	return {
		syntax: { text: { 36: text, 92: text }, flow: { 36: flow, 92: flow } },
		fromMarkdown: toNodes(found),
	};
}

interface Kind {
	readonly kind: "text" | "flow";
	readonly found: Map<number, Closing>;
	readonly budget: Budget;
}

function toConstruct(options: MathOptions, { kind, found, budget }: Kind): Construct {
	return {
		name: kind === "flow" ? "mathFlow" : "mathText",
		concrete: kind === "flow",
		tokenize(this: TokenizeContext, effects, ok, nok) {
			const opening = toOpening(options.source, this.now().offset, kind);
			const closing =
				opening && findClosing(options.source, opening, { kind, isGrowing: options.isGrowing, budget });
			if (!closing || (kind === "flow" && !isFlowFormula(options.source, closing))) return nok;
			found.set(closing.opening.at, closing);
			return tokenizeFormula({ context: this, effects, kind, closing, ok, nok });
		},
	};
}

interface Walk {
	readonly context: TokenizeContext;
	readonly effects: Effects;
	readonly kind: "text" | "flow";
	readonly closing: Closing;
	readonly ok: State;
	readonly nok: State;
}

/** Opening sign, value (with line endings as tokens of their own, so that a quote's marks stay out), closing sign. */
function tokenizeFormula({ context, effects, kind, closing, ok, nok }: Walk): State {
	const { opening, at: closeAt, isOpen } = closing;
	const isFlow = kind === "flow";
	let left: number = opening.sign.length;
	return start;

	function start(code: Code): State | undefined {
		effects.enter("mathFormula");
		effects.enter("mathMarker");
		return openingMarker(code);
	}
	function openingMarker(code: Code): State | undefined {
		effects.consume(code);
		left -= 1;
		if (left > 0) return openingMarker;
		effects.exit("mathMarker");
		return afterOpening;
	}
	function afterOpening(code: Code): State | undefined {
		// Only asked whether a block would begin here.
		return isFlow && context.interrupt ? end(code) : between(code);
	}
	function between(code: Code): State | undefined {
		const { offset } = context.now();
		if (code === null) return isFlow || (isOpen && offset >= closeAt) ? end(code) : nok(code);
		if (offset === closeAt && !isOpen) {
			effects.enter("mathMarker");
			left = opening.closeSign.length;
			return closingMarker(code);
		}
		if (offset > closeAt && !isOpen) return nok(code);
		if (markdownLineEnding(code))
			return isFlow ? effects.attempt(nextLine, between, end)(code) : lineEnding(code);
		effects.enter("mathValue");
		return value(code);
	}
	function lineEnding(code: Code): State | undefined {
		effects.enter("lineEnding");
		effects.consume(code);
		effects.exit("lineEnding");
		return between;
	}
	function value(code: Code): State | undefined {
		const isOver = !isOpen && context.now().offset >= closeAt;
		if (code === null || markdownLineEnding(code) || isOver) {
			effects.exit("mathValue");
			return between(code);
		}
		effects.consume(code);
		return value;
	}
	function closingMarker(code: Code): State | undefined {
		if (code === null) return nok(code);
		effects.consume(code);
		left -= 1;
		if (left > 0) return closingMarker;
		effects.exit("mathMarker");
		return isFlow ? factorySpace(effects, end, "whitespace") : end;
	}
	function end(code: Code): State | undefined {
		effects.exit("mathFormula");
		return ok(code);
	}
}

/** The next line of a block, unless it belongs to the container only because its mark was left out. */
const nextLine: Construct = {
	partial: true,
	tokenize(this: TokenizeContext, effects, ok, nok) {
		return (code) => {
			effects.enter("lineEnding");
			effects.consume(code);
			effects.exit("lineEnding");
			return (next) => (this.parser.lazy[this.now().line] ? nok(next) : ok(next));
		};
	},
};

function toNodes(found: ReadonlyMap<number, Closing>): FromMarkdown {
	return {
		enter: {
			mathFormula(token) {
				const closing = found.get(token.start.offset);
				const sign = closing?.opening.sign;
				const isDisplay = sign === "$$" || sign === "\\[";
				this.enter({ type: "formula", value: "", isDisplay, isOpen: closing?.isOpen ?? false }, token);
				this.buffer();
			},
		},
		exit: {
			mathValue(token) {
				this.config.enter.data?.call(this, token);
				this.config.exit.data?.call(this, token);
			},
			mathFormula(token) {
				const value = this.resume();
				const node = this.stack.at(-1);
				this.exit(token);
				if (node?.type === "formula") node.value = value;
			},
		},
	};
}
