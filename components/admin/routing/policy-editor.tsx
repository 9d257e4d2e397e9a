"use client";

import { useQueryClient } from "@tanstack/react-query";
import { useId, useState } from "react";
import { useModels } from "../../chat/state/queries";
import { toFailure, trpc } from "../../connection/trpc-client";
import { announce } from "../../ui/announcer";
import { Button, cn } from "../../ui/button";
import { inputClass } from "../../ui/form";
import { routingWords as words } from "../../words/routing";
import { toErrorWords } from "../../words/to-error-words";
import { DryRunResult } from "./dry-run-result";
import { type DryRun, type ListedPolicy, routingKey } from "./routing-queries";

/** A policy as text: tried on past messages, and saved as a draft. Its mistakes are named below it. */
export function PolicyEditor({ basis }: { readonly basis: ListedPolicy | null }) {
	const models = useModels()?.models;
	const [written, setWritten] = useState<string | null>(null);
	const [mistakes, setMistakes] = useState<readonly string[]>([]);
	const [result, setResult] = useState<DryRun | null>(null);
	const [busy, setBusy] = useState<"dryRun" | "draft" | null>(null);
	const client = useQueryClient();
	const id = useId();
	if (!models) return null;
	const ofTier = (tier: string) => models.filter((model) => model.tier === tier).map((model) => model.id);
	const starting = { small: ofTier("small").slice(0, 2), strong: ofTier("large").slice(0, 2), dial: 5 };
	const text = written ?? JSON.stringify(basis?.policy ?? starting, null, 2);
	async function run(what: "dryRun" | "draft") {
		if (busy) return;
		setMistakes([]);
		const policy = parse(text);
		if (policy === undefined) return setMistakes([words.noJson]);
		setBusy(what);
		try {
			if (what === "dryRun") setResult(await trpc.admin.routing.dryRun.query({ policy }));
			else {
				const { version } = await trpc.admin.routing.draft.mutate({ policy });
				await client.invalidateQueries({ queryKey: routingKey });
				announce(words.saved(version));
			}
		} catch (error) {
			setMistakes(toMistakes(error));
		}
		setBusy(null);
	}
	const hasMistakes = mistakes.length > 0;
	return (
		<div className="flex flex-col gap-4">
			<div className="flex flex-col gap-1">
				<label htmlFor={id} className="self-start font-medium">
					{words.json}
				</label>
				<textarea
					id={id}
					rows={12}
					spellCheck={false}
					autoCapitalize="none"
					className={cn(inputClass, "h-auto touch:h-auto py-2 font-mono")}
					aria-invalid={hasMistakes || undefined}
					aria-describedby={`${id}-hint${hasMistakes ? ` ${id}-mistakes` : ""}`}
					value={text}
					onChange={({ target }) => setWritten(target.value)}
				/>
				<p id={`${id}-hint`} className="text-meta text-muted">
					{words.jsonHint} {words.models(models.map((model) => model.id).join(", "))}
				</p>
			</div>
			{hasMistakes ? (
				<div id={`${id}-mistakes`} role="alert" className="text-danger">
					<p>{words.mistakes}</p>
					<ul className="list-disc pl-5">
						{mistakes.map((mistake) => (
							<li key={mistake}>{mistake}</li>
						))}
					</ul>
				</div>
			) : null}
			<div className="flex flex-wrap gap-2">
				<Button aria-disabled={busy !== null} onClick={() => void run("dryRun")}>
					{busy === "dryRun" ? words.dryRunning : words.dryRun}
				</Button>
				<Button kind="ink" aria-disabled={busy !== null} onClick={() => void run("draft")}>
					{busy === "draft" ? words.saving : words.save}
				</Button>
			</div>
			{result ? <DryRunResult result={result} /> : null}
		</div>
	);
}

/** Undefined for what is no JSON. */
function parse(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}

function toMistakes(error: unknown): readonly string[] {
	const failure = toFailure(error);
	const { issues } = failure.details;
	return Array.isArray(issues) ? issues : [toErrorWords(failure).text];
}
