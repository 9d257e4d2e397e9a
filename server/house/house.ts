import type { Logger } from "pino";
import type { Publish } from "../contract/viewer-event.ts";
import type { DatabaseOrTransaction } from "../db/index.ts";
import type { Embeddings } from "../embeddings/index.ts";
import type { Models } from "../models/index.ts";
import { createCheapest } from "./ask-cheapest.ts";
import { startCallKeeper } from "./calls/call-keeper.ts";
import type { HouseCallRooms } from "./calls/make-call.ts";
import { createJobs } from "./jobs.ts";
import { drawTurn } from "./shadow/pair.ts";
import type { ShadowedTurn, ShadowPlan } from "./shadow/shadow-plan.ts";
import { shadowTurn } from "./shadow/shadow-turn.ts";
import { type Compaction, createCompaction, summariseThread } from "./summaries/compaction.ts";
import { type TitledTurn, writeTitle } from "./titles/write-title.ts";
import { toEmbed } from "./vectors/to-embed.ts";

/** What the server does for itself with models, in the background. */
export interface House {
	/** Compact now. */
	readonly compaction: Compaction;
	/** A person's answer has ended complete: its thread may be due for a title, a summary or vectors. */
	noteAnswer(turn: TitledTurn): void;
	/** Auto's answer has ended complete, under a policy that wants a sample of answers made by the other road, too. */
	noteRoute(turn: ShadowedTurn, plan: ShadowPlan): void;
	/** Takes no more work, ends the calls that run, and books them. */
	drain(): Promise<void>;
	/** Ends the watch over calls of dead processes; to be called after `drain`. */
	stop(): void;
}

export interface HouseInput extends Omit<HouseCallRooms, "keeper">, Pick<DatabaseOrTransaction, "orm"> {
	readonly models: Pick<Models, "find" | "list" | "open" | "embed">;
	readonly logger: Pick<Logger, "info" | "warn" | "error">;
	readonly publish: Publish;
	readonly embeddings: Pick<Embeddings, "embedder" | "embedThread">;
	/** Whether threads get titles by a model. */
	readonly writesTitles: boolean;
}

/** Titles and summaries never wait for an answer that no one reads. */
const [jobsMax, shadowsMax] = [2, 1];

export function createHouse(input: HouseInput): House {
	const keeper = startCallKeeper(input);
	const jobs = createJobs(input.logger, jobsMax);
	const shadowJobs = createJobs(input.logger, shadowsMax);
	const cheapest = createCheapest({ ...input, keeper });
	const rooms = { ...input, ...cheapest, keeper, signal: jobs.signal };
	return {
		compaction: createCompaction(rooms),
		noteAnswer(turn) {
			if (input.writesTitles) jobs.add("title", (signal) => writeTitle(turn, rooms, signal));
			jobs.add("summary", () => summariseThread(turn, rooms));
			const { embedder, embedThread } = input.embeddings;
			if (!embedder) return;
			const embed =
				"model" in embedder ? toEmbed(embedder.model, { userId: turn.userId, rooms }) : embedder.embed;
			jobs.add("vectors", (signal) => embedThread(turn.threadId, { embed, signal }));
		},
		noteRoute(turn, plan) {
			if (!drawTurn(turn.turnId, plan.share).isSampled) return;
			shadowJobs.add("shadow", (signal) => shadowTurn(turn, plan, { rooms: { ...rooms, keeper }, signal }));
		},
		drain: async () => void (await Promise.all([jobs.drain(), shadowJobs.drain()])),
		stop: keeper.stop,
	};
}
