"use client";

import { useTheme } from "next-themes";
import { useEffect } from "react";
import { themeColors } from "./theme-colors";

/** Keeps the colour of the browser's frame in step with a theme that was chosen by hand. */
export function ThemeColor() {
	const { resolvedTheme } = useTheme();
	useEffect(() => {
		const color = resolvedTheme === "dark" ? themeColors.dark : themeColors.light;
		for (const meta of document.querySelectorAll('meta[name="theme-color"]'))
			meta.setAttribute("content", color);
	}, [resolvedTheme]);
	return null;
}
