"use client";

import {
	BlocksIcon,
	ChartColumnIcon,
	KeyboardIcon,
	LogOutIcon,
	MonitorIcon,
	MoonIcon,
	RouteIcon,
	SettingsIcon,
	SunIcon,
} from "lucide-react";
import { useTheme } from "next-themes";
import { writeDrafts } from "../chat/composer/drafts";
import { signOut } from "../connection/session";
import { usePageSettings } from "../shell/page-settings";
import { useShortcut } from "../shell/shortcuts";
import { Menu, MenuChoices, MenuItem, MenuLabel, MenuSeparator } from "../ui/menu";
import { showToast } from "../ui/toast";
import { messages } from "../words/chat";
import { toInitial } from "./initial";

const themes = [
	{ value: "system", Icon: MonitorIcon },
	{ value: "light", Icon: SunIcon },
	{ value: "dark", Icon: MoonIcon },
] as const;

const openSettings = () => location.assign("/settings");

/** The person's own menu at the foot of the list. */
export function UserMenu({ onShortcuts }: { onShortcuts(): void }) {
	const { viewer } = usePageSettings();
	const { theme, setTheme } = useTheme();
	const name = viewer.name || viewer.email;
	useShortcut("settings", openSettings);
	return (
		<div className="shrink-0 p-2 pb-[max(8px,env(safe-area-inset-bottom))]">
			<Menu
				side="top"
				trigger={
					<button
						type="button"
						className="flex h-9 touch:h-11 w-full items-center gap-2 rounded-control px-2 text-left hover:bg-hover"
					>
						<span
							aria-hidden
							className="flex size-[22px] shrink-0 items-center justify-center rounded-full bg-pressed text-[10px] font-medium"
						>
							{toInitial(name)}
						</span>
						<span className="sr-only">{messages.accountMenu}</span>
						<span className="truncate">{name}</span>
					</button>
				}
			>
				<MenuLabel>{messages.theme}</MenuLabel>
				<MenuChoices
					value={theme ?? "system"}
					onChoose={setTheme}
					choices={themes.map(({ value, Icon }) => ({
						value,
						label: messages.themeNames[value],
						icon: <Icon size={15} aria-hidden />,
					}))}
				/>
				<MenuSeparator />
				<MenuItem icon={<ChartColumnIcon size={15} aria-hidden />} onSelect={() => location.assign("/usage")}>
					{messages.usage}
				</MenuItem>
				{viewer.role === "admin" ? (
					<>
						<MenuItem
							icon={<BlocksIcon size={15} aria-hidden />}
							onSelect={() => location.assign("/admin/models")}
						>
							{messages.adminModels}
						</MenuItem>
						<MenuItem
							icon={<RouteIcon size={15} aria-hidden />}
							onSelect={() => location.assign("/admin/routing")}
						>
							{messages.adminRouting}
						</MenuItem>
					</>
				) : null}
				<MenuItem icon={<SettingsIcon size={15} aria-hidden />} onSelect={openSettings}>
					{messages.settings}
				</MenuItem>
				<MenuItem icon={<KeyboardIcon size={15} aria-hidden />} onSelect={onShortcuts}>
					{messages.shortcuts}
				</MenuItem>
				<MenuItem
					icon={<LogOutIcon size={15} aria-hidden />}
					onSelect={() => {
						writeDrafts();
						signOut().catch(() => showToast(messages.signOutFailed));
					}}
				>
					{messages.signOut}
				</MenuItem>
			</Menu>
		</div>
	);
}
