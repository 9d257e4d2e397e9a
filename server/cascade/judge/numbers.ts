import type { Fault, ReadAnswer } from "./judge-answer.ts";

const number = "(-?\\$?\\d[\\d,]*(?:\\.\\d+)?)";
/** One step of arithmetic with its result; a longer chain is not read. */
const equation = new RegExp(
	`(?<![\\d.,)^]\\s*[-+*/×÷x^=]\\s*|[\\d.,$-])${number}(%?)\\s*([-+*/×÷x])\\s*${number}(%?)\\s*=\\s*${number}(?![\\d.,]*\\s*[-+*/×÷^x%(]|[\\d,]*\\.?\\d)`,
	"g",
);
const conclusion =
	/\b(?:final|correct)?\s*answer\s*(?:is|:|=)\s*(?:therefore |thus )?[*$\\(\s]*(-?\d[\d,]*(?:\.\d+)?)/gi;

const toNumber = (text: string) => Number(text.replace(/[$,]/g, ""));

/** Faults of numbers: a sum that is wrong, or two answers that differ. */
export function findNumberFaults({ answer }: ReadAnswer): Fault[] {
	const faults: Fault[] = [];
	if ([...answer.matchAll(equation)].some(isWrong)) faults.push({ name: "wrong arithmetic", weight: 0.7 });
	const conclusions = new Set([...answer.matchAll(conclusion)].map(([, text = ""]) => toNumber(text)));
	if (conclusions.size > 1) faults.push({ name: "two answers", weight: 0.6 });
	return faults;
}

/** Results are rounded: by half of their last digit, or by one in a hundred. */
function isWrong([
	,
	left = "",
	leftPercent,
	sign,
	right = "",
	rightPercent,
	result = "",
]: RegExpExecArray): boolean {
	const [one, other] = [toNumber(left) / (leftPercent ? 100 : 1), toNumber(right) / (rightPercent ? 100 : 1)];
	const exact =
		sign === "+"
			? one + other
			: sign === "-"
				? one - other
				: sign === "/" || sign === "÷"
					? one / other
					: one * other;
	if (!Number.isFinite(exact)) return false;
	const decimals = result.split(".")[1]?.length ?? 0;
	return Math.abs(exact - toNumber(result)) > Math.max(0.51 * 10 ** -decimals, Math.abs(exact) / 100);
}
