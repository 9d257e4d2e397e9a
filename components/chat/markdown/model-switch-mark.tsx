import { createContext, useContext } from "react";
import { messages } from "../../words/chat";
import type { VisibleSwitch } from "../state/model-switches";
import { useModelName } from "../state/queries";

/** The switches of the answer that is drawn here; a mark names one by its place in the list. */
export const SwitchContext = createContext<readonly VisibleSwitch[]>([]);

/** A quiet line across the text: from here on another model wrote. It is never part of what is copied. */
export function SwitchMark({ index }: { readonly index: number }) {
	const modelSwitch = useContext(SwitchContext)[index];
	const toName = useModelName();
	if (!modelSwitch) return null;
	return (
		<span role="note" data-switch={index} className="model-switch">
			{messages.continuedBy(toName(modelSwitch.modelId))}
		</span>
	);
}

/** The same for lines of code, which nothing may stand between. */
export function CodeSwitches({
	switches,
}: {
	readonly switches: readonly { index: number; line: number }[];
}) {
	const all = useContext(SwitchContext);
	const toName = useModelName();
	return switches.map(({ index, line }) => {
		const modelSwitch = all[index];
		return modelSwitch ? (
			<p key={index} role="note" className="code-switch">
				{messages.continuedFromLine(toName(modelSwitch.modelId), line)}
			</p>
		) : null;
	});
}
