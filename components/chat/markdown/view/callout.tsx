import { InfoIcon, LightbulbIcon, MegaphoneIcon, OctagonAlertIcon, TriangleAlertIcon } from "lucide-react";
import type { ReactNode } from "react";
import { messages } from "../../../words/chat";
import type { CalloutKind, Direction } from "../parse/tree";

const icons = {
	note: InfoIcon,
	tip: LightbulbIcon,
	important: MegaphoneIcon,
	warning: TriangleAlertIcon,
	caution: OctagonAlertIcon,
};

interface CalloutProps {
	readonly kind: CalloutKind;
	readonly direction?: Direction;
	readonly children: ReactNode;
}

/** A quote that says what it is for. */
export function Callout({ kind, direction, children }: CalloutProps) {
	const Icon = icons[kind];
	return (
		<blockquote className="callout" data-kind={kind} dir={direction}>
			<p className="callout-title">
				<Icon size={16} aria-hidden />
				{messages.callouts[kind]}
			</p>
			{children}
		</blockquote>
	);
}
