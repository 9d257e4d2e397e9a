import type { UsageLimits } from "@/server/client";
import { usageWords } from "../words/usage";

/** What a plan shows of money. */
export type MoneyKind = UsageLimits["receipt"];

/** A thousand credits are a dollar. */
const nanoUsdPerCredit = 1_000_000n;

/**
 * An amount as the plan shows it: dollars, credits, or null where nothing is shown. Below a cent two digits that count are
 * kept, so that no answer looks free; what is smaller still is `< $0.0001` (`toExactMoney` has all digits).
 */
export function toMoney(nanoUsd: string, kind: MoneyKind): string | null {
	if (kind === "none") return null;
	const amount = BigInt(nanoUsd);
	const unit = kind === "credits" ? nanoUsdPerCredit : 1_000_000_000n;
	const least = unit / 10_000n;
	return amount > 0n && amount < least ? `< ${format(least, kind)}` : format(amount, kind);
}

function format(amount: bigint, kind: MoneyKind): string {
	if (kind === "credits") return usageWords.credits(toNumber(amount, nanoUsdPerCredit));
	const usd = new Intl.NumberFormat("en", {
		style: "currency",
		currency: "USD",
		minimumFractionDigits: 2,
		...placesOf(amount, 1_000_000_000n),
	});
	return usd.format(toDecimal(amount, 1_000_000_000n));
}

/**
 * The same amount to its last digit, for recomputing by hand.
 *
 * @param nanoUsd a decimal string; a class of tokens may cost fractions of a nano-dollar.
 */
export function toExactMoney(nanoUsd: string, kind: MoneyKind): string | null {
	if (kind === "none") return null;
	const [whole = "0", fraction = ""] = nanoUsd.split(".");
	const shift = kind === "credits" ? 6 : 9;
	const sign = whole.startsWith("-") ? "-" : "";
	const digits = whole.replace("-", "").padStart(shift + 1, "0");
	const places = `${digits.slice(-shift)}${fraction}`.replace(/0+$/, "");
	const number = digits.slice(0, -shift);
	if (kind === "credits") return usageWords.credits(`${sign}${number}${places === "" ? "" : `.${places}`}`);
	return `${sign}$${number}.${places.padEnd(2, "0")}`;
}

const toNumber = (amount: bigint, unit: bigint) =>
	new Intl.NumberFormat("en", placesOf(amount, unit)).format(toDecimal(amount, unit));

/** From a hundredth on two places; below, two digits that count. */
function placesOf(amount: bigint, unit: bigint): Intl.NumberFormatOptions {
	const size = amount < 0n ? -amount : amount;
	if (size === 0n || size * 100n >= unit) return { maximumFractionDigits: 2 };
	return { minimumFractionDigits: 0, maximumFractionDigits: 15, maximumSignificantDigits: 2 };
}

/** As text, which the formatter reads without the rounding of a number. */
function toDecimal(amount: bigint, unit: bigint): Intl.StringNumericLiteral {
	const size = amount < 0n ? -amount : amount;
	const places = unit.toString().length - 1;
	const text = `${amount < 0n ? "-" : ""}${size / unit}.${(size % unit).toString().padStart(places, "0")}`;
	return text as Intl.StringNumericLiteral;
}

export const toCount = (count: number | string): string =>
	new Intl.NumberFormat("en").format(typeof count === "string" ? BigInt(count) : count);
