import { effect } from "@preact/signals";
import { locale } from "~/lib/i18n";

/** The page says which language it is in, so that it is read out in it. */
export function startLanguage(): void {
	effect(() => {
		document.documentElement.lang = locale.value;
	});
}
