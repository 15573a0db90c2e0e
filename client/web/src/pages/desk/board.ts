/**
 * What the desk knows: all open orders, kept fresh by the board's stream, and the names of things.
 *
 * `rev` grows when orders changed, at most a few times a second. `frozen` is the list that is shown: it changes when
 * the operator asks (another queue, the pill, R) or when nobody would notice, so that nothing moves under the pointer.
 */
import { computed, effect, signal, untracked } from "@preact/signals";
import type { OrderJson } from "~api";
import { call } from "~/lib/rpc";
import { self } from "~/lib/self";
import { type Follower, follow } from "~/lib/stream";
import { now } from "~/lib/time";
import { categories, loadMembers, loadNames, nodes } from "~/lib/town";
import { toastError } from "~/ui/toast";
import { filter, isFiltered, passes } from "./filter";
import { countsOf, idsOf, isNewer, isOpen, type View } from "./views";

const PAGE = 200;
const FIRST_PAGE = 50;
const GATHER_MS = 200;
const MEMBERS_EVERY_MS = 300_000;
/** Closed orders that are kept at hand, and how many more may gather before they are counted. */
const MOST_CLOSED = 200;
const SPARE_CLOSED = 100;

export const orders = new Map<string, OrderJson>();
export const rev = signal(0);
/** Grows when an order was told in more detail, though it is the same. */
export const told = signal(0);
export const isLoaded = signal(false);
export const isFirstThere = signal(false);
export const view = signal<View>("waiting");
export const grid = signal("");
export const frozen = signal<string[]>([]);
export const line = signal<Follower["line"] | undefined>(undefined);

/** To half a minute: what becomes late by itself. */
const coarse = computed(() => Math.floor(now.value / 30_000) * 30_000);
function scene() {
	const kinds = categories.value;
	return {
		nowMs: now.peek(),
		selfId: self.value.id,
		isComplaint: (id: string) => kinds.get(id)?.complaint === true,
	};
}

/** Whether a grid is the chosen part of the tree or below it; decided once for each grid. */
function gridTest(): (id: string) => boolean {
	const chosen = grid.value;
	if (chosen === "") return () => true;
	const tree = nodes.value;
	const known = new Map<string, boolean>();
	return (id) => {
		let is = known.get(id);
		if (is === undefined) {
			is = false;
			for (let at: string | undefined = id; at && !is; at = tree.get(at)?.parentId) is = at === chosen;
			known.set(id, is);
		}
		return is;
	};
}

/** What is shown of all orders, whichever queue it is. */
function orderTest(): (order: OrderJson) => boolean {
	const inGrid = gridTest();
	const narrow = filter.value;
	const isNarrow = isFiltered.value;
	return (order) => inGrid(order.gridId ?? "") && (!isNarrow || passes(order, narrow));
}

export const counts = computed(() => {
	void [rev.value, coarse.value];
	return countsOf(orders.values(), scene(), orderTest());
});

/** As the list would be now. */
export const wanted = computed(() => {
	void [rev.value, coarse.value];
	return idsOf(orders.values(), view.value, scene(), orderTest());
});

export const changes = computed(() => {
	const shown = new Set(frozen.value);
	return wanted.value.filter((id) => !shown.has(id)).length;
});

/** What stands in the list though it belongs there no more. */
export const left = computed(() => {
	const there = new Set(wanted.value);
	return new Set(frozen.value.filter((id) => !there.has(id)));
});

export function refresh(): void {
	frozen.value = wanted.peek();
}

/** After the operator did something, once the board has heard of it. */
export function refreshSoon(): void {
	setTimeout(refresh, 2 * GATHER_MS);
}

let timer: ReturnType<typeof setTimeout> | undefined;

export function put(order: OrderJson): void {
	const old = orders.get(order.id!);
	if (!isNewer(order, old)) return;
	if (old && old.etag === order.etag) {
		// Told anew, perhaps with more than a list tells: of no queue's concern.
		orders.set(order.id!, { ...old, ...order });
		told.value++;
		return;
	}
	// Lists may leave out what a single order tells.
	orders.set(order.id!, order.contact || !old?.contact ? order : { ...order, contact: old.contact });
	if (timer !== undefined) return;
	timer = setTimeout(() => {
		timer = undefined;
		rev.value++;
	}, GATHER_MS);
}

let sweptAt = 0;

/**
 * A desk is open for weeks. Of the closed orders those stay that the list still shows, those that are in use, and the
 * newest; what else is asked about is fetched.
 */
export function forgetClosed(isInUse: (id: string) => boolean): void {
	if (orders.size < sweptAt + SPARE_CLOSED) return;
	const shown = new Set(frozen.peek());
	const closed = [...orders.values()].filter((one) => !isOpen(one) && !shown.has(one.id!) && !isInUse(one.id!));
	for (const one of closed.slice(0, Math.max(0, closed.length - MOST_CLOSED))) orders.delete(one.id!);
	sweptAt = orders.size;
}

async function loadBoard(): Promise<void> {
	let pageToken = "";
	let pageSize = FIRST_PAGE;
	const seen = new Set<string>();
	do {
		const page = await call("DeskService/ListBoard", { pageSize, pageToken });
		for (const order of page.orders ?? []) {
			seen.add(order.id!);
			put(order);
		}
		if (!isFirstThere.peek()) {
			rev.value++;
			isFirstThere.value = true;
			refresh();
		}
		pageToken = page.nextPageToken ?? "";
		pageSize = PAGE;
	} while (pageToken !== "");
	// After a gap: what is not on the board any more was closed meanwhile.
	if (isLoaded.peek())
		for (const [id, order] of orders)
			if (!seen.has(id) && isOpen(order))
				void call("OrderService/GetOrder", { orderId: id }).then(
					(said) => said.order && put(said.order),
					() => orders.delete(id),
				);
	rev.value++;
	isLoaded.value = true;
	refresh();
}

/** Begins; everything comes by itself from then on. */
export function openBoard(): void {
	const follower = follow(
		"DeskService/WatchBoard",
		{},
		{
			onMessage: ({ order }) => order && put(order),
			onGap: () => void loadBoard().catch(toastError),
		},
	);
	line.value = follower.line;
	void loadBoard().catch(toastError);
	void loadNames().then(loadMembers).catch(toastError);
	// What they hold and whether they pause changes all day.
	setInterval(() => document.visibilityState === "visible" && void loadMembers().catch(() => {}), MEMBERS_EVERY_MS);
	// What changes with the queue or the grid is shown at once.
	effect(() => {
		void [view.value, grid.value, filter.value, nodes.value, categories.value];
		untracked(refresh);
	});
}
