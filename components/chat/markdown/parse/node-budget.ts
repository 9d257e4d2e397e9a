/** Nodes of one block that is shown as a whole; of lists and tables, and of the whole answer. */
const blockNodesMax = 4_000;
const partedNodesMax = 40_000;
const answerNodesMax = 80_000;

/** Thrown by a block that is too large to be shown as more than its text. */
export class TooLarge extends Error {}

/** Counts the nodes of an answer, with a limit for each of its blocks. */
export class NodeBudget {
	#used = 0;
	#limit = 0;
	#startedAt = 0;

	/** Begins a block. `isParted`: it is drawn in parts, so that it may hold more. */
	start(isParted = false): void {
		this.#startedAt = this.#used;
		this.#limit = Math.min(this.#used + (isParted ? partedNodesMax : blockNodesMax), answerNodesMax);
	}

	/** @throws TooLarge when the block has too many nodes. */
	count(): void {
		this.#used += 1;
		if (this.#used > this.#limit) throw new TooLarge();
	}

	/** Nodes of the block so far. */
	get weight(): number {
		return this.#used - this.#startedAt;
	}

	/** The block is shown as its text instead. */
	giveUp(): void {
		this.#used = Math.min(this.#startedAt + 1, answerNodesMax);
	}
}
