import { chooseRoad, type Road, toBar } from "../cascade/road.ts";
import { toRouter } from "../cascade/router/shared-router.ts";

/** A dial at which Auto sends this request, as the first of its thread, on that road. @throws Error when there is none. */
export function toDialFor(prompt: string, road: Road): number {
	const router = toRouter();
	const { score } = router.assess(prompt);
	const dial = Array.from({ length: 9 }, (_, index) => index + 1).find(
		(each) => chooseRoad(score, toBar(each, router.toThreshold)) === road,
	);
	if (dial === undefined) throw new Error(`No dial sends "${prompt}" there.`);
	return dial;
}
