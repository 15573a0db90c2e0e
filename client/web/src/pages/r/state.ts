/**
 * What the resident's page knows: who they are, for whom else they may order, and their orders and those that they asked
 * for others, newest first. Kept for a time without network.
 */
import { batch, computed, signal } from "@preact/signals";
import { RpcError } from "~/lib/errors";
import { call } from "~/lib/rpc";
import { ms } from "~/lib/time";
import { loadCategories, recallCategories } from "~/phone/categories";
import { keep } from "~/phone/keep";
import { live, reading, reloadSoon } from "~/phone/live";
import { jobs, openOutbox } from "~/phone/outbox";
import { selfId, signedOut } from "~/phone/session";
import { forgetDrafts } from "~/phone/draft";
import type { BeneficiaryJson, OrderJson, ResidentJson } from "~api";

interface Kept {
	orders: OrderJson[];
	resident: ResidentJson | undefined;
	family: BeneficiaryJson[];
	atMs: number;
}

const PAGE_SIZE = 30;
const MOST_ORDERS = 200;
const OPEN = new Set<OrderJson["state"]>([
	"ORDER_STATE_PLACED",
	"ORDER_STATE_OFFERED",
	"ORDER_STATE_ACCEPTED",
	"ORDER_STATE_STARTED",
	"ORDER_STATE_HELD",
	"ORDER_STATE_COMPLETED",
]);

export const resident = signal<ResidentJson | undefined>(undefined);
/** Who let them order for them. */
export const family = signal<BeneficiaryJson[]>([]);
export const orders = signal<OrderJson[]>([]);
export const readAtMs = signal(0);
/** How many of each list are read, and whether there are older ones. */
const size = signal(PAGE_SIZE);
export const hasOlder = signal(false);

export function showOlder(): void {
	size.value = Math.min(MOST_ORDERS, size.value + PAGE_SIZE);
	reloadSoon();
}

export const isOpen = (order: OrderJson) => OPEN.has(order.state);
export const openOrders = computed(() => orders.value.filter(isOpen));
/** Orders that are still on this phone. */
export const placing = computed(() => jobs.value.filter((job) => job.method === "OrderService/PlaceOrder"));

/** Lists leave out what only one order says: the code, and where it goes. */
const inFull = async (order: OrderJson) =>
	isOpen(order) ? ((await call("OrderService/GetOrder", { orderId: order.id! })).order ?? order) : order;

export async function reload(): Promise<void> {
	const residentId = selfId.value ?? "";
	if (residentId === "") return;
	const isNews = reading();
	try {
		const [list, others, own, relatives] = await Promise.all([
			call("OrderService/ListOrders", { pageSize: size.value }),
			call("OrderService/ListOrders", { pageSize: size.value, forOthers: true }),
			call("OrgService/GetResident", { residentId }),
			call("OrderService/ListBeneficiaries", { pageSize: PAGE_SIZE }),
		]);
		const all = [...(list.orders ?? []), ...(others.orders ?? [])];
		const whole = await Promise.all(all.sort((a, b) => ms(b.placedMs) - ms(a.placedMs)).map(inFull));
		const kept = {
			orders: whole,
			resident: own.resident,
			family: relatives.beneficiaries ?? [],
			atMs: Date.now(),
		};
		if (!isNews()) return;
		hasOlder.value = size.value < MOST_ORDERS && !!(list.nextPageToken || others.nextPageToken);
		show(kept);
		await keep.put("resident", kept);
	} catch (error) {
		if (!(error instanceof RpcError)) throw error;
		if (error.isSignedOut) await signedOut();
	}
}

function show(kept: Kept) {
	batch(() => {
		orders.value = kept.orders;
		resident.value = kept.resident;
		family.value = kept.family ?? [];
		readAtMs.value = kept.atMs;
	});
}

export async function start(): Promise<void> {
	await recallCategories();
	const kept = await keep.get<Kept>("resident");
	if (kept !== undefined) show(kept);
	await openOutbox(selfId.value ?? "", reloadSoon);
	live("OrderService/WatchOrders", reload);
	void forgetDrafts();
	void loadCategories().catch(() => {});
}
