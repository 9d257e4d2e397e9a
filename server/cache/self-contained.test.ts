import { expect, it } from "vitest";
import { findDependence } from "./self-contained.ts";

it.each([
	"What is the capital of Kenya?",
	"How do I bake bread without yeast?",
	"How can I learn to swim as an adult?",
	"Is it safe to eat raw eggs?",
	"What are the rules of chess, and who made them?",
	"Tell me how tides work",
	"Explain the difference between a canoe and a kayak",
	"Why do owls hunt at night?",
	"Are there rivers in the Sahara?",
])("%s asks the same of every person at any time", (text) => {
	expect(findDependence(text)).toBeNull();
});

it.each([
	["personal", "What is my shoe size?"],
	["personal", "I'm 17 and have three cats. What should they eat?"],
	["personal", "Did we win the boat race?"],
	["personal", "Why does he hate me?"],
	["time-bound", "What's the weather in Oslo?"],
	["time-bound", "Which museums are open today?"],
	["time-bound", "What is the latest version of Node?"],
	["time-bound", "Who is the king of Norway?"],
	["time-bound", "What happened last week in Riga?"],
	["tool", "Set an alarm for 7"],
	["tool", "Please send an email to the plumber with the bill"],
	["tool", "Summarize https://example.com/a"],
	["tool", "What does the attached contract say about rent?"],
	["conversation", "And what about the second one?"],
	["conversation", "Why?"],
	["conversation", "Can you make it shorter?"],
	["conversation", "What did you mean by your last answer?"],
	["conversation", "How does that work?"],
	["conversation", "Go on with the list of the rivers"],
	["language", "Wie hoch ist der Mond?"],
	["language", "月の高さは?"],
	["language", ""],
])("%s: %s", (dependence, text) => {
	expect(findDependence(text)).toBe(dependence);
});
