/** Who else looks at an order, and who is changing it: told while it is open, asked for the list now and then. */
import { computed, effect, signal } from "@preact/signals";
import type { ViewerJson } from "~api";
import { call } from "~/lib/rpc";
import { looked, panel, subjects } from "./state";
import { text } from "./words";

const TELL_MS = 10_000;
const ASK_MS = 15_000;

/** Of the order that is looked at. */
export const others = signal<ViewerJson[]>([]);
/** Of all. */
export const viewers = signal(new Map<string, ViewerJson[]>());

const isEditing = computed(() => panel.value !== "" && subjects.value.includes(looked.value));

function names(all: ViewerJson[]): string {
	return all.map((one) => one.name || one.id).join("、");
}

/** "王芳 正在处理；李强 在看", or "". */
export function saidOf(all: ViewerJson[] | undefined): string {
	const edit = (all ?? []).filter((one) => one.editing);
	const look = (all ?? []).filter((one) => !one.editing);
	const said = [];
	if (edit.length > 0) said.push(text().editing(names(edit)));
	if (look.length > 0) said.push(text().looking(names(look)));
	return said.join(text().stop);
}

/** Those who are changing one of these orders now. */
export function editorsOf(ids: string[]): string {
	const known = (id: string) => (id === looked.value ? others.value : (viewers.value.get(id) ?? []));
	const found = new Map(ids.flatMap(known).map((one) => [one.id, one]));
	const editing = [...found.values()].filter((one) => one.editing);
	return editing.length === 0 ? "" : text().editing(names(editing));
}

async function tell(orderId: string, leaving: boolean): Promise<void> {
	const request = { orderId, editing: isEditing.peek(), leaving };
	// Nobody waits for it: what can't be told now is told in ten seconds.
	const said = await call("DeskService/TouchOrder", request, { deadlineMs: TELL_MS / 2 }).catch(() => undefined);
	if (!leaving && said && looked.peek() === orderId) others.value = said.others ?? [];
}

async function ask(): Promise<void> {
	if (document.visibilityState !== "visible") return;
	const said = await call("DeskService/ListViewers", { pageSize: 200 }, { deadlineMs: ASK_MS / 2 }).catch(
		() => undefined,
	);
	if (said) viewers.value = new Map((said.orders ?? []).map((one) => [one.orderId!, one.viewers ?? []]));
}

export function startPresence(): void {
	let at = "";
	let timer: ReturnType<typeof setInterval> | undefined;
	effect(() => {
		const id = looked.value;
		void isEditing.value;
		clearInterval(timer);
		if (at !== id) {
			if (at) void tell(at, true);
			others.value = [];
		}
		at = id;
		if (!id) return;
		void tell(id, false);
		timer = setInterval(() => document.visibilityState === "visible" && void tell(id, false), TELL_MS);
	});
	void ask();
	setInterval(() => void ask(), ASK_MS);
}
