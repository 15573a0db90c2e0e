/** What every page does as it begins, whoever it is for. */
import { effect } from "@preact/signals";
import { language } from "./i18n";
import { startTheme } from "./theme";
import { startClock } from "./time";

export function startPage(title: () => string): void {
	startTheme();
	startClock();
	effect(() => {
		document.documentElement.lang = language.value === "zh" ? "zh-CN" : "en-GB";
		document.title = `${title()} · 派单`;
	});
}
