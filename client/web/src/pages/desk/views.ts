/** Which orders a queue shows, in which order, and how urgent they look: pure. */
import type { OrderJson } from "~api";
import { ms } from "~/lib/time";
import type { Tone } from "~/ui/pill";

export const VIEWS = ["waiting", "soon", "late", "offered", "working", "rating", "mine", "complaints", "all"] as const;
export type View = (typeof VIEWS)[number];

export interface Scene {
	nowMs: number;
	/** The operator or key that looks. */
	selfId: string;
	isComplaint: (categoryId: string) => boolean;
}

const HOUR = 3_600_000;
const DONE = new Set(["CLOSED", "CANCELLED", "REJECTED"]);

export const stateOf = (order: OrderJson) => (order.state ?? "ORDER_STATE_UNSPECIFIED").slice("ORDER_STATE_".length);
export const urgencyOf = (order: OrderJson) => (order.urgency ?? "URGENCY_UNSPECIFIED").slice("URGENCY_".length);
export const isOpen = (order: OrderJson) => !DONE.has(stateOf(order));

/** Whether somebody still has to do something by the due time. */
const runs = (order: OrderJson) => isOpen(order) && stateOf(order) !== "COMPLETED";

/** The last tenth of its time, and never less than an hour. */
export function isSoon(order: OrderJson, nowMs: number): boolean {
	const due = ms(order.dueMs);
	const left = due - nowMs;
	return runs(order) && due > 0 && left > 0 && left <= Math.max(HOUR, (due - ms(order.placedMs)) / 10);
}

export const isLate = (order: OrderJson, nowMs: number) =>
	runs(order) && ms(order.dueMs) > 0 && ms(order.dueMs) <= nowMs;

/** Timelines are long, and the same order is asked about again and again. */
const mine = new WeakMap<OrderJson, [selfId: string, is: boolean]>();

function isMine(order: OrderJson, selfId: string): boolean {
	if (selfId === "") return false;
	const known = mine.get(order);
	if (known?.[0] === selfId) return known[1];
	const is = order.requester?.id === selfId || (order.timeline ?? []).some((entry) => entry.actor?.id === selfId);
	mine.set(order, [selfId, is]);
	return is;
}

export function shows(view: View, order: OrderJson, scene: Scene): boolean {
	const state = stateOf(order);
	switch (view) {
		case "waiting":
			return state === "PLACED" || (state === "OFFERED" && order.pooled === true);
		case "soon":
			return isSoon(order, scene.nowMs);
		case "late":
			return isLate(order, scene.nowMs);
		case "offered":
			return state === "OFFERED";
		case "working":
			return state === "ACCEPTED" || state === "STARTED" || state === "HELD";
		case "rating":
			return state === "COMPLETED";
		case "mine":
			return isOpen(order) && isMine(order, scene.selfId);
		case "complaints":
			return isOpen(order) && scene.isComplaint(order.categoryId ?? "");
		case "all":
			return isOpen(order);
	}
}

const WEIGHT: Record<string, number> = { DANGER: 0, URGENT: 1, NORMAL: 2, COMPLEX: 2, UNSPECIFIED: 3 };

/** Danger first, then by due time; the same two always stand the same way. */
export function before(a: OrderJson, b: OrderJson): number {
	const danger = Number(urgencyOf(b) === "DANGER") - Number(urgencyOf(a) === "DANGER");
	return (
		danger || ms(a.dueMs) - ms(b.dueMs) || WEIGHT[urgencyOf(a)]! - WEIGHT[urgencyOf(b)]! || (a.id! < b.id! ? -1 : 1)
	);
}

export function idsOf(
	orders: Iterable<OrderJson>,
	view: View,
	scene: Scene,
	isIn: (order: OrderJson) => boolean,
): string[] {
	const found: OrderJson[] = [];
	for (const order of orders) if (isIn(order) && shows(view, order, scene)) found.push(order);
	return found.sort(before).map((order) => order.id!);
}

export function countsOf(
	orders: Iterable<OrderJson>,
	scene: Scene,
	isIn: (order: OrderJson) => boolean,
): Record<View, number> {
	const counts = Object.fromEntries(VIEWS.map((view) => [view, 0])) as Record<View, number>;
	for (const order of orders) if (isIn(order)) for (const view of VIEWS) if (shows(view, order, scene)) counts[view]++;
	return counts;
}

export function toneOf(order: OrderJson, nowMs: number): Tone {
	if (!runs(order)) return "";
	if (isLate(order, nowMs)) return "danger";
	return isSoon(order, nowMs) ? "warn" : "good";
}

/** Who holds it, or is asked now. */
export function membersOf(order: OrderJson): string[] {
	const holders = (order.slots ?? []).map((slot) => slot.memberId ?? "").filter((id) => id !== "");
	if (holders.length > 0) return holders;
	return (order.offers ?? []).filter((offer) => offer.state === "OFFER_STATE_LIVE").map((offer) => offer.memberId!);
}

/** The newer of two states of one record, by the version that the etag is. */
export function isNewer(a: OrderJson, b: OrderJson | undefined): boolean {
	if (!b) return true;
	const [x, y] = [a, b].map((order) => Number((order.etag ?? "").replace(/\D/g, "")));
	return !(x! < y!);
}
