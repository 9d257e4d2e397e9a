import { toModelTokens } from "../context/index.ts";
import type { CatalogueModel, Models } from "../models/index.ts";
import { toCostNanoUsdMax } from "../usage/index.ts";
import {
	countStored,
	type HouseAnswer,
	type HouseCallRooms,
	type HouseRequest,
	makeHouseCall,
} from "./calls/make-call.ts";
import { toCheapest } from "./cheapest.ts";
import { readOpenings } from "./open-models.ts";

/** What is asked of the cheapest model. */
export interface CheapRequest extends Omit<HouseRequest, "chain"> {
	/** The model that has just answered the person, which comes first among equals. */
	readonly answeredBy: string | null;
}

/** Asks the cheapest model that the person's plan leaves open. Null when there is none or none has answered. */
export type AskCheapest = (request: CheapRequest) => Promise<HouseAnswer | null>;

/** What asking the cheapest model costs at most, nano-dollars; 0 when there is none. */
export type PriceCheapest = (request: Omit<CheapRequest, "signal">) => Promise<bigint>;

type CheapRooms = HouseCallRooms & { readonly models: Pick<Models, "list"> };

export function createCheapest(rooms: CheapRooms): {
	readonly ask: AskCheapest;
	readonly price: PriceCheapest;
} {
	return {
		async ask(request) {
			const { chain } = await choose(request, rooms);
			return chain.length === 0 ? null : await makeHouseCall({ ...request, chain }, rooms);
		},
		async price(request) {
			const { chain, toNanoUsdMax } = await choose(request, rooms);
			return chain[0] ? toNanoUsdMax(chain[0]) : 0n;
		},
	};
}

async function choose(request: Omit<CheapRequest, "signal">, rooms: CheapRooms) {
	const { messages, userId, answeredBy } = request;
	const open = await readOpenings(rooms.sql, userId);
	const storedTokens = await countStored(messages);
	const toNanoUsdMax = (model: CatalogueModel) =>
		toCostNanoUsdMax(
			{
				inputTokens: toModelTokens(storedTokens, model),
				outputTokens: request.toOutputTokensMax(model),
			},
			rooms.findPrice(model.id).prices,
		);
	return { chain: toCheapest(rooms.models.list(), { open, answeredBy, toNanoUsdMax }), toNanoUsdMax };
}
