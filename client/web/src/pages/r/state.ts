/**
 * What the resident's page knows: who they are, for whom else they may order, and their orders and those that they asked
 * for others, newest first. Kept for a time without network.
 */
import { batch, computed, signal } from "@preact/signals";
import { RpcError } from "~/lib/errors";
import { call, pages } from "~/lib/rpc";
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
/** What the broker gives at once. */
const MOST_AT_ONCE = 200;
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
	size.value += PAGE_SIZE;
	reloadSoon();
}

export const isOpen = (order: OrderJson) => OPEN.has(order.state);
export const openOrders = computed(() => orders.value.filter(isOpen));
/** Orders that are still on this phone. */
export const placing = computed(() => jobs.value.filter((job) => job.method === "OrderService/PlaceOrder"));

/** Lists leave out what only one order says: the code, and where it goes. */
const inFull = async (order: OrderJson) =>
	isOpen(order) ? ((await call("OrderService/GetOrder", { orderId: order.id! })).order ?? order) : order;

/** The newest of a list, in as many pages as that takes, and whether there are older ones. */
async function newest(count: number, forOthers: boolean): Promise<[orders: OrderJson[], hasOlder: boolean]> {
	const found: OrderJson[] = [];
	for await (const page of pages("OrderService/ListOrders", { forOthers, pageSize: Math.min(MOST_AT_ONCE, count) })) {
		found.push(...(page.orders ?? []));
		if (found.length >= count) return [found.slice(0, count), found.length > count || !!page.nextPageToken];
	}
	return [found, false];
}

async function relatives(): Promise<BeneficiaryJson[]> {
	const found: BeneficiaryJson[] = [];
	for await (const page of pages("OrderService/ListBeneficiaries", { pageSize: MOST_AT_ONCE }))
		found.push(...(page.beneficiaries ?? []));
	return found;
}

export async function reload(): Promise<void> {
	const residentId = selfId.value ?? "";
	if (residentId === "") return;
	const isNews = reading();
	try {
		const [[mine, hasOlderMine], [others, hasOlderOthers], own, theirs] = await Promise.all([
			newest(size.value, false),
			newest(size.value, true),
			call("OrgService/GetResident", { residentId }),
			relatives(),
		]);
		const all = [...mine, ...others];
		const whole = await Promise.all(all.sort((a, b) => ms(b.placedMs) - ms(a.placedMs)).map(inFull));
		const kept = {
			orders: whole,
			resident: own.resident,
			family: theirs,
			atMs: Date.now(),
		};
		if (!isNews()) return;
		hasOlder.value = hasOlderMine || hasOlderOthers;
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
