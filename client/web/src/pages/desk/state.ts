/** Where the operator is: in the address, so that it can be sent to a colleague, and gone back to. */
import { computed, effect, signal } from "@preact/signals";
import { forgetClosed, frozen, grid, rev, view } from "./board";
import { filter, readFilter, writeFilter } from "./filter";
import { VIEWS, type View } from "./views";

export type Panel = "" | "assign" | "form" | "search" | "help" | "reveal" | "results" | "filter" | Act;
export type Act =
	| "hold"
	| "resume"
	| "reject"
	| "redispatch"
	| "complete"
	| "rework"
	| "cancel"
	| "chase"
	| "note"
	| "merge";

const REST_MS = 250;
const LOOK_MS = 40;

export const current = signal("");
export const panel = signal<Panel>("");
/** The orders that the open panel is about. */
export const subjects = signal<string[]>([]);
export const query = signal("");
export const picked = signal<ReadonlySet<string>>(new Set());
export const isMapOpen = signal(false);
/** On narrow screens the detail takes the list's place. */
export const isDetailOpen = signal(false);

export function readAddress(search: string): void {
	const at = new URLSearchParams(search);
	const named = at.get("view");
	view.value = VIEWS.includes(named as View) ? (named as View) : "waiting";
	grid.value = at.get("grid") ?? "";
	query.value = at.get("q") ?? "";
	readFilter(at);
	current.value = at.get("id") ?? "";
	isDetailOpen.value = current.value !== "";
}

export function address(): string {
	const at = new URLSearchParams();
	if (view.value !== "waiting") at.set("view", view.value);
	if (grid.value) at.set("grid", grid.value);
	writeFilter(at);
	if (query.value) at.set("q", query.value);
	if (current.value) at.set("id", current.value);
	const text = at.toString();
	return text ? `/desk?${text}` : "/desk";
}

/**
 * Another queue or grid is a step that can be gone back; another order is not. Browsers take their time to change the
 * address, and let nobody do so all the time: it follows when the operator rests.
 */
export function keepAddress(): void {
	const stepAt = () => `${view.value} ${grid.value} ${JSON.stringify(filter.value)}`;
	let last = stepAt();
	let timer: ReturnType<typeof setTimeout> | undefined;
	effect(() => {
		const next = address();
		const step = stepAt();
		const isStep = step !== last;
		last = step;
		clearTimeout(timer);
		if (next === location.pathname + location.search) return;
		if (isStep) history.pushState(null, "", next);
		else timer = setTimeout(() => history.replaceState(null, "", next), REST_MS);
	});
	addEventListener("popstate", () => {
		clearTimeout(timer);
		readAddress(location.search);
	});
}

/** The order whose detail is shown: the current one, once the operator stays with it for a moment. */
export const looked = signal("");

export function followCurrent(): void {
	let timer: ReturnType<typeof setTimeout> | undefined;
	effect(() => {
		const id = current.value;
		clearTimeout(timer);
		timer = setTimeout(() => {
			looked.value = id;
		}, LOOK_MS);
	});
}

/** What was closed is let go, but for what the operator is at. */
export function letGo(): void {
	effect(() => {
		void rev.value;
		const inUse = new Set([current.peek(), looked.peek(), ...picked.peek(), ...subjects.peek()]);
		forgetClosed((id) => inUse.has(id));
	});
}

export function step(by: number): void {
	const ids = frozen.value;
	if (ids.length === 0) return;
	const at = ids.indexOf(current.value);
	current.value = ids[at < 0 ? 0 : Math.min(ids.length - 1, Math.max(0, at + by))]!;
}

export function pick(id: string): void {
	if (id === "") return;
	const next = new Set(picked.value);
	if (!next.delete(id)) next.add(id);
	picked.value = next;
}

export const isAllPicked = computed(() => frozen.value.length > 0 && frozen.value.every((id) => picked.value.has(id)));

/** The whole list, also what is out of sight; or nothing, when that is so already. */
export function pickAll(): void {
	picked.value = new Set(isAllPicked.peek() ? [] : frozen.peek());
}

export function openPanel(name: Panel, ids: string[]): void {
	if (ids.length === 0) return;
	subjects.value = ids;
	panel.value = name;
}

/** What an action is about: those picked, or the current one. */
export function targets(): string[] {
	return picked.value.size > 0 ? [...picked.value] : current.value ? [current.value] : [];
}
