/** Light, dark, or as the device has it; and the elder mode with its larger text. Both are classes of the root. */
import { effect, signal } from "@preact/signals";
import { recall, remember } from "./store";

export type Theme = "auto" | "light" | "dark";

const kept = recall("theme");
export const theme = signal<Theme>(kept === "light" || kept === "dark" ? kept : "auto");
export const isElder = signal(recall("elder") === "yes");

export function startTheme(): void {
	effect(() => {
		document.documentElement.dataset["theme"] = theme.value;
		remember("theme", theme.value === "auto" ? "" : theme.value);
	});
	effect(() => {
		document.documentElement.classList.toggle("elder", isElder.value);
		remember("elder", isElder.value ? "yes" : "");
	});
}
