import { createContext, useContext } from "react";
import { messages } from "../messages";
import type { Seam } from "./seams";
import { useModelName } from "./use-models";

/** The seams of the answer that is drawn here; a mark names one by its place in the list. */
export const SeamContext = createContext<readonly Seam[]>([]);

/** A quiet line across the text: from here on another model wrote. It is never part of what is copied. */
export function SeamMark({ index }: { readonly index: number }) {
	const seam = useContext(SeamContext)[index];
	const toName = useModelName();
	if (!seam) return null;
	return (
		<span role="note" data-seam={index} className="seam">
			{messages.continuedBy(toName(seam.modelId))}
		</span>
	);
}

/** The same for lines of code, which nothing may stand between. */
export function CodeSeams({ seams }: { readonly seams: readonly { index: number; line: number }[] }) {
	const all = useContext(SeamContext);
	const toName = useModelName();
	return seams.map(({ index, line }) => {
		const seam = all[index];
		return seam ? (
			<p key={index} role="note" className="code-seam">
				{messages.continuedFromLine(toName(seam.modelId), line)}
			</p>
		) : null;
	});
}
