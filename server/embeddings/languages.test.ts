import { describe, expect, it } from "vitest";
import { isEnglish, knowsLanguage } from "./languages.ts";

describe("a model that knows English", () => {
	it.each([
		"Where did we leave the keys of the boathouse?",
		"My sister's cat is called Möhre, and she sleeps on the café's roof all day.",
		"ok, so the build fails because of the lock file again",
		"Marta (3 May 2026, 14:05): I will be there at eight 🙂",
	])("is given %j", (text) => expect(isEnglish(text)).toBe(true));

	it.each([
		"Wo haben wir die Schlüssel für das Bootshaus gelassen?",
		"Das Boot liegt im Hafen und wartet auf uns.",
		"Où avons-nous mis les clés de la maison ?",
		"¿Dónde dejamos las llaves de la casa?",
		"Dove abbiamo messo le chiavi della barca?",
		"Waar hebben we de sleutels van het huis gelaten?",
		"Onde estão as chaves da casa que não encontro?",
		"Gdzie są klucze do domu, nie wiem",
		"ボートの鍵はどこですか？",
		"我们把钥匙放在哪里了？",
		"Где ключи от лодки?",
		"أين مفاتيح القارب؟",
		"const total = rows.map(toLine).filter(Boolean);",
	])("is not given %j", (text) => expect(isEnglish(text)).toBe(false));

	it("is given no text without a letter, and a model of all languages every other one", () => {
		expect(knowsLanguage({ languages: "all" }, "12:30 — 14:00")).toBe(false);
		expect(knowsLanguage({ languages: "all" }, "Где ключи?")).toBe(true);
		expect(knowsLanguage({ languages: "English" }, "Где ключи?")).toBe(false);
	});
});
