import type { Definition, FootnoteDefinition, Nodes, Root } from "mdast";
import { normalizeIdentifier } from "micromark-util-normalize-identifier";
import type { Inline } from "./tree";

/** What an answer defines for its links and notes, and which notes it marks. */
export class References {
	readonly #definitions = new Map<string, Definition>();
	readonly #noteDefinitions = new Map<string, FootnoteDefinition>();
	readonly #notes = new Map<string, { readonly number: number; uses: number }>();

	/** Definitions may stand in quotes and items as well; of two with one name the first counts. */
	constructor(root: Root) {
		const waiting: Nodes[] = [root];
		for (let node = waiting.pop(); node; node = waiting.pop()) {
			if (node.type === "definition") this.#add(this.#definitions, node);
			else if (node.type === "footnoteDefinition") this.#add(this.#noteDefinitions, node);
			if ("children" in node) for (const child of node.children.toReversed()) waiting.push(child);
		}
	}

	#add<Node extends Definition | FootnoteDefinition>(known: Map<string, Node>, node: Node): void {
		const name = normalizeIdentifier(node.identifier);
		if (!known.has(name)) known.set(name, node);
	}

	findAddress(identifier: string): string | undefined {
		return this.#definitions.get(normalizeIdentifier(identifier))?.url;
	}

	markNote(identifier: string): Inline {
		const label = normalizeIdentifier(identifier);
		const note = this.#notes.get(label) ?? { number: this.#notes.size + 1, uses: 0 };
		note.uses += 1;
		this.#notes.set(label, note);
		return { type: "note-mark", number: note.number, use: note.uses };
	}

	/** The notes in the order of their first marks; also those that are marked while they are read. */
	*notes(): Generator<{ readonly number: number; readonly children: FootnoteDefinition["children"] }> {
		for (const [label, { number }] of this.#notes)
			yield { number, children: this.#noteDefinitions.get(label)?.children ?? [] };
	}
}
