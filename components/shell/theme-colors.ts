/** The page background as the browser's frame needs it: hexadecimal, one for each theme. */
export const themeColors = { light: "#fdfcfb", dark: "#131210" } as const;
