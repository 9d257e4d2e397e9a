import { createMathPlugin } from "@streamdown/math";
import "katex/dist/katex.min.css";

/** Formulas between double dollars; a single dollar is money. A formula that does not parse shows its source. */
export const mathPlugin = createMathPlugin({ singleDollarTextMath: false, errorColor: "var(--danger)" });
