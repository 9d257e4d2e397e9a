import { clsx } from "clsx";
import type { ComponentProps } from "react";

type ButtonKind = "ink" | "outline" | "quiet" | "danger" | "danger-outline";

const kinds: Record<ButtonKind, string> = {
	ink: "bg-text text-bg hover:opacity-90",
	outline: "border border-border bg-raised hover:bg-hover",
	quiet: "text-muted hover:bg-hover hover:text-text",
	danger: "bg-danger text-bg hover:opacity-90",
	"danger-outline": "border border-border bg-raised text-danger hover:bg-hover",
};

/** A button of 32 px, 44 px on touch screens. */
export function Button({
	kind = "outline",
	className,
	...rest
}: ComponentProps<"button"> & { kind?: ButtonKind }) {
	return (
		<button
			type="button"
			className={cn(
				"inline-flex h-8 touch:h-11 shrink-0 items-center justify-center gap-2 rounded-control px-3 font-medium",
				"transition-colors duration-100 disabled:opacity-50 aria-disabled:opacity-60",
				kinds[kind],
				className,
			)}
			{...rest}
		/>
	);
}

/** A square button with an icon: `label` is its name for everyone who does not see the icon. */
export function IconButton({ label, className, ...rest }: ComponentProps<"button"> & { label: string }) {
	return (
		<button
			type="button"
			aria-label={label}
			data-tip={label}
			className={cn(
				"inline-flex size-8 touch:size-11 shrink-0 items-center justify-center rounded-control text-muted",
				"transition-colors duration-100 hover:bg-hover hover:text-text disabled:opacity-40",
				className,
			)}
			{...rest}
		/>
	);
}

/** Joins class names; falsy ones are left out. */
export const cn = clsx;
