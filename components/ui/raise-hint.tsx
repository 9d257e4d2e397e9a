import { messages } from "../words/chat";
import { CopyButton } from "./copy-button";

/** Where an administrator raises a limit: a command, or a setting of the server. Nothing for other people. */
export function RaiseHint({ raiseWith }: { readonly raiseWith: unknown }) {
	if (typeof raiseWith !== "string") return null;
	return (
		<p className="mt-1 flex flex-wrap items-center gap-x-2 text-meta text-muted">
			{messages.raiseWith}
			<code className="min-w-0 font-mono wrap-anywhere text-text">{raiseWith}</code>
			<CopyButton label={messages.copyCommand} getText={() => raiseWith} />
		</p>
	);
}
