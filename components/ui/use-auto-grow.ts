import { type RefObject, useLayoutEffect } from "react";

/** Grows a text field with its text. Browsers with `field-sizing` do it themselves; the rest is measured. */
export function useAutoGrow(field: RefObject<HTMLTextAreaElement | null>, value: string): void {
	// biome-ignore lint/correctness/useExhaustiveDependencies: the height follows the value.
	useLayoutEffect(() => {
		const { current } = field;
		if (!current) return;
		if (CSS.supports("field-sizing", "content")) {
			current.style.setProperty("field-sizing", "content");
			return;
		}
		current.style.height = "auto";
		current.style.height = `${current.scrollHeight}px`;
	}, [field, value]);
}
