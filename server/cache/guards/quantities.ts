import type { Question } from "../read/question.ts";
import { type Guard, isSameList, isSameSet, toWords } from "./guard.ts";

/** The same numbers in the same order, signs of calculation and of money among them. */
export const numbers: Guard = {
	name: "numbers",
	agrees: (a, b) => isSameList(a.numbers, b.numbers) && isSameList(readSigns(a), readSigns(b)),
};

const sign = /^[^\p{L}\p{N}-]$/u;
/** Signs that words stand for as well are left to the units. */
const readSigns = ({ tokens }: Question) => tokens.filter((token) => sign.test(token) && !unitOf.has(token));

/** Names of each unit. Letters that are words, too, count after a number only. */
const unitNames = `
	kilometer kilometers km kms
	meter meters metre metres
	centimeter centimeters cm cms
	millimeter millimeters mm
	micrometer micron microns
	nanometer nanometers nm
	mile miles mi
	yard yards
	foot feet ft
	inch inches
	kilogram kilograms kg kgs kilo kilos
	gram grams
	milligram milligrams mg
	microgram micrograms mcg
	tonne tonnes ton tons
	ounce ounces oz
	lb lbs
	pound pounds £ gbp sterling
	stone stones
	liter liters litre litres
	milliliter milliliters ml
	gallon gallons
	pint pints
	quart quarts
	cup cups
	tablespoon tablespoons tbsp
	teaspoon teaspoons tsp
	celsius centigrade
	fahrenheit
	kelvin
	degree degrees °
	second seconds sec secs
	minute minutes min mins
	hour hours hr hrs hourly
	day days daily
	week weeks weekly
	fortnight fortnights
	month months monthly
	year years yr yrs yearly annual annually
	decade decades
	century centuries
	millisecond milliseconds ms
	microsecond microseconds
	watt watts
	kilowatt kilowatts kw
	kwh
	megawatt megawatts mw
	volt volts
	amp amps ampere amperes
	joule joules
	calorie calories kcal cal
	newton newtons
	pascal pascals
	psi
	horsepower hp
	hertz hz
	kilohertz khz
	megahertz mhz
	gigahertz ghz
	byte bytes
	bit bits
	kilobyte kilobytes kb
	megabyte megabytes mb
	gigabyte gigabytes gb
	terabyte terabytes tb
	mbps
	gbps
	acre acres
	hectare hectares
	mph
	kmh kph
	knot knots
	percent percentage %
	dollar dollars $ usd buck bucks
	euro euros € eur
	yen ¥ jpy
	yuan cny rmb
	rupee rupees ₹ inr
	franc francs chf
	cent cents
	radian radians
	dozen dozens
	hundred hundreds
	thousand thousands
	lakh lakhs
	million millions
	crore crores
	billion billions`;
const unitOf = new Map(
	unitNames
		.trim()
		.split("\n")
		.flatMap((line) => toWords(line).map((word) => [word, toWords(line)[0] ?? word] as const)),
);
/** "Second" is mostly the one after the first, "5k" is a number. */
const afterNumber = /^-?\d[\d.,]*([a-z°%]+)$/;
const letters: Readonly<Record<string, string>> = {
	m: "meter",
	g: "gram",
	l: "liter",
	c: "celsius",
	f: "fahrenheit",
	s: "second",
	h: "hour",
	v: "volt",
	w: "watt",
	in: "inch",
};

function readUnits({ tokens }: Question): string[] {
	return tokens.flatMap((token, at) => {
		const before = tokens[at - 1] ?? "";
		const glued = afterNumber.exec(token)?.[1];
		const unit =
			unitOf.get(glued ?? token) ??
			(glued !== undefined || /\d$/.test(before) || before === "°" ? letters[glued ?? token] : undefined);
		return unit === undefined ? [] : [unit];
	});
}

export const units: Guard = {
	name: "units",
	agrees: (a, b) => isSameSet(readUnits(a), readUnits(b)),
};
