import { usageWords } from "../words/usage";
import { toDayName, toDays } from "./instants";

interface DayValue {
	readonly day: string;
	/** For the height alone. */
	readonly size: number;
	readonly text: string;
}

/** Days that are named below the bars: about one a week, at the same distance. */
const toTicks = (days: number) => [0, 1, 2, 3, 4].map((week) => 1 + Math.round((week * (days - 1)) / 4));

/** A bar for every day of the month. The bars are a picture; the same figures stand in a table that anyone can open. */
export function DayChart(props: {
	readonly what: string;
	readonly month: string;
	readonly values: readonly DayValue[];
}) {
	const { what, month, values } = props;
	const byDay = new Map(values.map((value) => [value.day, value]));
	const highest = values.reduce<DayValue | null>(
		(most, value) => (value.size > (most?.size ?? 0) ? value : most),
		null,
	);
	const max = highest?.size ?? 1;
	return (
		<figure className="flex flex-col gap-2">
			<figcaption className="flex flex-wrap justify-between gap-x-4 text-meta">
				<span className="font-medium">{usageWords.byDay(what)}</span>
				{highest ? (
					<span className="num text-muted">{usageWords.highest(highest.text, toDayName(highest.day))}</span>
				) : null}
			</figcaption>
			<div aria-hidden className="flex h-28 items-end gap-[2px] border-b border-border">
				{toDays(month).map((day) => {
					const value = byDay.get(day);
					const share = value && value.size > 0 ? Math.max(2, (value.size / max) * 100) : 0;
					return (
						<div
							key={day}
							data-tip={value ? `${toDayName(day)}: ${value.text}` : undefined}
							className="flex h-full min-w-0 flex-1 items-end hover:bg-hover"
						>
							<div className="w-full rounded-t-[2px] bg-accent" style={{ height: `${share}%` }} />
						</div>
					);
				})}
			</div>
			<div aria-hidden className="num flex justify-between text-small text-muted">
				{toTicks(toDays(month).length).map((day) => (
					<span key={day}>{day}</span>
				))}
			</div>
			<details className="text-meta">
				<summary className="w-fit py-1 text-muted">{usageWords.asTable}</summary>
				<table className="num mt-1 w-full">
					<thead>
						<tr className="text-left text-muted">
							<th className="py-1 font-normal">{usageWords.day}</th>
							<th className="py-1 text-right font-normal">{what}</th>
						</tr>
					</thead>
					<tbody>
						{values.map(({ day, text }) => (
							<tr key={day} className="border-t border-border">
								<th scope="row" className="py-1 text-left font-normal">
									{toDayName(day)}
								</th>
								<td className="py-1 text-right">{text}</td>
							</tr>
						))}
					</tbody>
				</table>
			</details>
		</figure>
	);
}
