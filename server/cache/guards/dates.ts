import type { Question } from "../read/question.ts";
import { type Guard, isSameSet, toWords } from "./guard.ts";

/** Names of each moment, one line each. */
const momentWords = new Map(
	`january jan
	february feb
	march
	april apr
	june jun
	july jul
	august aug
	september sep sept
	october oct
	november nov
	december dec
	monday mondays mon
	tuesday tuesdays tue
	wednesday wednesdays wed
	thursday thursdays thu
	friday fridays fri
	saturday saturdays sat
	sunday sundays sun
	weekend weekends
	weekday weekdays
	today todays
	tomorrow
	yesterday
	tonight
	now nowadays currently current
	morning mornings
	noon midday
	afternoon afternoons
	evening evenings
	night nights midnight
	spring
	summer summers
	autumn fall
	winter winters
	christmas xmas
	easter
	halloween
	thanksgiving
	am
	pm
	bc bce
	ad ce
	ago
	soon`
		.trim()
		.split("\n")
		.flatMap((line) => toWords(line).map((word) => [word, toWords(line)[0] ?? word] as const)),
);
/** Month names and halves of a day that are other words where no number stands beside them. */
const besideNumber = new Set(["march", "may", "am", "pm", "ad", "sat", "sun", "mon", "fall"]);

function readMoments({ tokens }: Question): string[] {
	return tokens.flatMap((token, at) => {
		const glued = /^\d[\d:.]*(am|pm)$/.exec(token)?.[1];
		const moment = glued ?? momentWords.get(token);
		const isBeside = /^\d/.test(tokens[at - 1] ?? "") || /^\d/.test(tokens[at + 1] ?? "");
		if (moment === undefined || (glued === undefined && besideNumber.has(token) && !isBeside)) return [];
		return [moment];
	});
}

export const dates: Guard = {
	name: "dates",
	agrees: (a, b) => isSameSet(readMoments(a), readMoments(b)),
};
