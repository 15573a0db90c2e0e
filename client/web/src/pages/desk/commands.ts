/** What the desk can do, by key, by menu and by name. */
import { language, setLanguage } from "~/lib/i18n";
import type { KeyMap } from "~/lib/keys";
import { setSingleKeys, singleKeys } from "~/lib/keys";
import { call } from "~/lib/rpc";
import { type Theme, theme } from "~/lib/theme";
import { checkVersion } from "~/lib/version";
import { toastError } from "~/ui/toast";
import { frozen, refresh, view } from "./board";
import { exportCsv, exportXlsx } from "./export";
import {
	current,
	isDetailOpen,
	isMapOpen,
	openPanel,
	type Panel,
	panel,
	pick,
	pickAll,
	picked,
	step,
	targets,
} from "./state";
import { undoLast } from "./undo";
import { VIEWS } from "./views";
import { text } from "./words";

export interface Command {
	name: string;
	hint?: string;
	act: () => void;
}

const show = (name: Panel) => () => {
	panel.value = name;
};

const assign = () => openPanel("assign", targets());

const toggleMap = () => {
	isMapOpen.value = !isMapOpen.value;
};

/** What comes only when it is asked for is not there any more: the page is an old one. */
function isStale(error: unknown): void {
	toastError(error);
	void checkVersion();
}

const NEXT: Record<Theme, Theme> = { auto: "light", light: "dark", dark: "auto" };

export async function signOut(): Promise<void> {
	await call("SessionService/Logout", {}).catch(() => undefined);
	location.assign("/desk");
}

export function commands(): Command[] {
	const words = text();
	return [
		{ name: words.newOrder, hint: "N", act: show("form") },
		{ name: words.assign, hint: "D", act: assign },
		{ name: words.undo, hint: "Ctrl+Z", act: undoLast },
		{ name: words.saved.filter, hint: "F", act: show("filter") },
		{ name: words.pickAll, hint: "A", act: pickAll },
		{ name: words.map, hint: "M", act: toggleMap },
		{ name: words.exportCsv, act: exportCsv },
		{ name: words.exportXlsx, act: () => void exportXlsx().catch(isStale) },
		{ name: words.print, hint: "P", act: () => print() },
		{ name: `${words.theme[NEXT[theme.value]]}`, act: () => void (theme.value = NEXT[theme.value]) },
		{ name: words.language, act: () => setLanguage(language.value === "zh" ? "en" : "zh") },
		{ name: `${words.singleKeys} ${singleKeys.value ? "✓" : "✗"}`, act: () => setSingleKeys(!singleKeys.value) },
		{ name: words.help, hint: "?", act: show("help") },
		...Object.entries(words.pages).map(([page, name]) => ({ name, act: () => location.assign(`/${page}`) })),
		{ name: words.signOut, act: () => void signOut() },
	];
}

function back(): void {
	if (isDetailOpen.value) isDetailOpen.value = false;
	else if (picked.value.size > 0) picked.value = new Set();
	else current.value = "";
}

function home(last: boolean): void {
	const ids = frozen.value;
	current.value = ids[last ? ids.length - 1 : 0] ?? "";
}

const queues: KeyMap = Object.fromEntries(VIEWS.map((name, i) => [String(i + 1), () => void (view.value = name)]));

export const keyMap: KeyMap = {
	...queues,
	j: () => step(1),
	k: () => step(-1),
	ArrowDown: () => step(1),
	ArrowUp: () => step(-1),
	PageDown: () => step(15),
	PageUp: () => step(-15),
	Home: () => home(false),
	End: () => home(true),
	Enter: () => {
		if (current.value === "") step(1);
		isDetailOpen.value = true;
		document.getElementById("detail")?.focus();
	},
	d: assign,
	x: () => pick(current.value),
	" ": () => pick(current.value),
	a: pickAll,
	n: show("form"),
	f: show("filter"),
	"/": show("search"),
	"Ctrl+k": show("search"),
	"?": show("help"),
	r: refresh,
	".": refresh,
	m: toggleMap,
	c: () => openPanel("note", current.value ? [current.value] : []),
	"Ctrl+z": undoLast,
	p: () => print(),
	Escape: back,
};
