/**
 * Keeps what a phone's page shows true: a stream of the broker says that something has changed, and the page reads its
 * short lists anew. What happened while nobody listened is in the lists, and what could not be sent may go then.
 */
import { computed, signal } from "@preact/signals";
import { type Follower, follow } from "~/lib/stream";
import type { OrderJson } from "~api";
import { flush } from "./outbox";

/** Events come in bursts. */
const CALM_MS = 100;

type Method = "TaskService/WatchOffers" | "OrderService/WatchOrders";

export const follower = signal<Follower | undefined>(undefined);
export const isLive = computed(() => follower.value?.line.value.state === "live");

let asked = 0;
let shown = 0;

/** Begins to read. When it has come: whether it may be shown, for what was asked for later may have come before. */
export function reading(): () => boolean {
	const turn = ++asked;
	return () => turn > shown && !!(shown = turn);
}

let readAnew: () => unknown = () => {};
let soon: ReturnType<typeof setTimeout> | undefined;

export function reloadSoon() {
	clearTimeout(soon);
	soon = setTimeout(() => readAnew(), CALM_MS);
}

/** `reload` is called once now, and soon after whatever changes. */
export function live(method: Method, reload: () => unknown) {
	let wasLive = false;
	readAnew = reload;
	readAnew();
	const made = follow(
		method,
		{},
		{
			onMessage: (message: { order?: OrderJson }) => {
				if (message.order !== undefined) reloadSoon();
			},
			onGap: reloadSoon,
		},
	);
	made.line.subscribe(({ state }) => {
		if (state === "live" && !wasLive) {
			reloadSoon();
			void flush();
		}
		wasLive = state === "live";
	});
	follower.value = made;
}
