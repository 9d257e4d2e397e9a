import { antonyms } from "./antonyms.ts";
import { dates } from "./dates.ts";
import { direction } from "./direction.ts";
import type { Guard } from "./guard.ts";
import { names } from "./names.ts";
import { negation } from "./negation.ts";
import { order } from "./order.ts";
import { numbers, units } from "./quantities.ts";
import { questionType } from "./question-type.ts";
import { substitution } from "./substitution.ts";

/** All that two questions with one answer agree in, the quickest first. */
export const allGuards: readonly Guard[] = [
	numbers,
	negation,
	units,
	dates,
	questionType,
	names,
	antonyms,
	substitution,
	direction,
	order,
];
