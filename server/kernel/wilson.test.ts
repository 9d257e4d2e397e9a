import { expect, it } from "vitest";
import { toInterval } from "./wilson.ts";

it("toInterval is Wilson's interval, within 0 and 1 also at the ends", () => {
	// Values of R's prop.test(x, n, correct = FALSE).
	const half = toInterval(5, 10);
	expect(half.share).toBe(0.5);
	expect(half.low).toBeCloseTo(0.2366, 4);
	expect(half.high).toBeCloseTo(0.7634, 4);
	expect(toInterval(0, 10)).toMatchObject({ share: 0, low: 0 });
	expect(toInterval(0, 10).high).toBeCloseTo(0.2775, 4);
	expect(toInterval(90, 100).low).toBeCloseTo(0.8256, 4);
	expect(toInterval(3, 3).high).toBe(1);
});
