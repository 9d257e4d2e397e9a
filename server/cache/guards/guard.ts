import type { Question } from "../read/question.ts";

/** Every one of them has to agree; a decision without one of them is a miss. */
export const guardNames = [
	"numbers",
	"negation",
	"units",
	"dates",
	"question type",
	"names",
	"antonyms",
	"substitution",
	"direction",
	"order",
] as const;
export type GuardName = (typeof guardNames)[number];

/** What may not differ between two questions with one answer. */
export interface Guard {
	readonly name: GuardName;
	/** Whether the two agree in it. */
	agrees(a: Question, b: Question): boolean;
}

export const isSameList = (one: readonly string[], other: readonly string[]): boolean =>
	one.length === other.length && one.every((item, at) => item === other[at]);

export const isSameSet = (one: Iterable<string>, other: Iterable<string>): boolean =>
	isSameList([...new Set(one)].sort(), [...new Set(other)].sort());

export const toWords = (list: string): readonly string[] => list.trim().split(/\s+/);
