"use client";

import { messages } from "../words/chat";

/** The start of a chat: one line, and a few things to begin with. */
export function EmptyChat({ onChoose }: { onChoose(text: string): void }) {
	return (
		<div className="mx-auto flex w-full max-w-[784px] flex-1 flex-col justify-end overflow-y-auto px-2.5 pb-6 md:px-4 md:justify-center md:pb-0">
			<p className="mb-5 px-4 text-title font-semibold tracking-tight">{messages.emptyTitle}</p>
			<ul className="grid gap-2 sm:grid-cols-2">
				{messages.starters.map((starter) => (
					<li key={starter}>
						<button
							type="button"
							onClick={() => onChoose(starter)}
							className="h-full min-h-11 w-full rounded-card border border-border px-3.5 py-2.5 text-left text-muted transition-colors duration-100 hover:bg-hover hover:text-text"
						>
							{starter}
						</button>
					</li>
				))}
			</ul>
		</div>
	);
}
