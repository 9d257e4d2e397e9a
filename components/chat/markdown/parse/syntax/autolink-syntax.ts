/**
 * Addresses written as they are: `https://…`, `www.…`, and mail addresses, as GitHub reads them, but ended by the
 * punctuation of any script: full-width brackets, commas and stops, typographic quotes.
 *
 * https://github.github.com/gfm/#autolinks-extension-
 */
import type { Extension as FromMarkdown } from "mdast-util-from-markdown";
import type { Code, Construct, Extension, State, TokenizeContext } from "micromark-util-types";

declare module "micromark-util-types" {
	interface TokenTypeMap {
		bareAddress: "bareAddress";
	}
}

const web = /(?:https?:\/\/|www\.)[^\s<>`\u3000]{1,2000}/iy;
const mail = /[a-z0-9._+-]{1,64}@[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63}){1,8}/iy;
/** Punctuation beyond ASCII; inside an address it is percent-encoded. */
const foreignPunctuation = /(?![!-~])[\p{P}\uff5e]/u;

const alphanumerics = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

/** An address ends before what belongs to the sentence around it. */
function toAddressLength(found: string): number {
	let text = found;
	const foreign = text.search(foreignPunctuation);
	if (foreign >= 0) text = text.slice(0, foreign);
	text = text.slice(0, toBalancedLength(text));
	for (;;) {
		const shorter = text.replace(/[?!.,:*_~'"|;]+$/, "").replace(/&[a-z0-9]+$/i, "");
		if (shorter === text) break;
		text = shorter;
	}
	const host = /^(?:https?:\/\/)?([^/?#]*)/i.exec(text)?.[1] ?? "";
	const segments = host.split(".");
	const hasHost =
		/[\p{L}\p{N}]/u.test(host) && (/^https?:/i.test(text) || segments.length > 2 || /^www\../i.test(host));
	return hasHost && !segments.slice(-2).some((segment) => segment.includes("_")) ? text.length : 0;
}

/** Up to the first closing bracket that was not opened inside. */
function toBalancedLength(text: string): number {
	const open = { "(": 0, "[": 0 };
	for (let at = 0; at < text.length; at++) {
		const character = text.charAt(at);
		if (character === "(" || character === "[") open[character] += 1;
		else if (character === ")" && --open["("] < 0) return at;
		else if (character === "]" && --open["["] < 0) return at;
	}
	return text.length;
}

/** The length of the address at this place; 0 without one. */
export function findAddress(source: string, at: number): { length: number; isMail: boolean } {
	const before = at === 0 ? "\n" : source.charAt(at - 1);
	web.lastIndex = at;
	const isFree = !/[a-z0-9]/i.test(before);
	const address = isFree ? web.exec(source)?.[0] : undefined;
	if (address) return { length: toAddressLength(address), isMail: false };
	if (/[a-z0-9._+/:-]/i.test(before)) return { length: 0, isMail: true };
	mail.lastIndex = at;
	const found = mail.exec(source)?.[0] ?? "";
	return { length: /[a-z]$/i.test(found) ? found.length : 0, isMail: true };
}

/** The grammar for one source. */
export function autolinkSyntax(source: string): Extension {
	const construct: Construct = {
		name: "bareAddress",
		previous: (code) => code === null || code < 0 || !/[a-z0-9]/i.test(String.fromCodePoint(code)),
		tokenize(this: TokenizeContext, effects, ok, nok) {
			let { length: left } = findAddress(source, this.now().offset);
			return left === 0 ? nok : start;
			function start(code: Code): State | undefined {
				effects.enter("bareAddress");
				return inside(code);
			}
			function inside(code: Code): State | undefined {
				if (code === null || code < 0) return nok(code);
				effects.consume(code);
				left -= 1;
				if (left > 0) return inside;
				effects.exit("bareAddress");
				return ok;
			}
		},
	};
	const text: Record<string, Construct> = {};
	const firsts = source.includes("@") ? alphanumerics : "hHwW";
	for (const first of firsts) text[String(first.charCodeAt(0))] = construct;
	return { text };
}

export const autolinkFromMarkdown: FromMarkdown = {
	enter: {
		bareAddress(token) {
			const written = this.sliceSerialize(token);
			const isWeb = /^(?:https?:|www\.)/i.test(written);
			const scheme = isWeb ? (/^www\./i.test(written) ? "https://" : "") : "mailto:";
			this.enter({ type: "link", url: scheme + written, title: null, children: [] }, token);
			this.config.enter.autolinkProtocol?.call(this, token);
		},
	},
	exit: {
		bareAddress(token) {
			this.config.exit.data?.call(this, token);
			this.exit(token);
		},
	},
};
