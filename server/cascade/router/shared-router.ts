import { createRouter, type Router } from "./router.ts";
import weights from "./weights.json" with { type: "json" };

let shared: Router | undefined;

/** The router with the weights of this version, read once. */
export const toRouter = (): Router => {
	shared ??= createRouter(weights);
	return shared;
};
