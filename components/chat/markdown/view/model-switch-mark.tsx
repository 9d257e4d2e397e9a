import { messages } from "../../../words/chat";
import { useModelName } from "../../state/queries";
import type { CodeSwitch } from "../parse/tree";
import { useAnswerParts } from "./answer-context";

/** A quiet line across the text: from here on another model wrote. It is never part of what is copied. */
export function SwitchMark({ index }: { readonly index: number }) {
	const modelSwitch = useAnswerParts().switches[index];
	const toName = useModelName();
	if (!modelSwitch) return null;
	return (
		<span role="note" data-chrome data-switch={index} className="model-switch">
			{messages.continuedBy(toName(modelSwitch.modelId))}
		</span>
	);
}

/** The same for lines of code, which nothing may stand between. */
export function CodeSwitches({ switches }: { readonly switches: readonly CodeSwitch[] }) {
	const { switches: all } = useAnswerParts();
	const toName = useModelName();
	return switches.map(({ index, line }) => {
		const modelSwitch = all[index];
		return modelSwitch ? (
			<p key={index} role="note" data-chrome className="code-switch">
				{messages.continuedFromLine(toName(modelSwitch.modelId), line)}
			</p>
		) : null;
	});
}
