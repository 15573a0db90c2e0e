/**
 * What the member's page knows: offers, tasks and the member, as the broker told them last. Every event has the two
 * short lists read anew, which is simpler than patching them and as quick. What was read is kept for a time without
 * network, but nothing of it once the task is no longer theirs.
 */
import { batch, computed, signal } from "@preact/signals";
import { RpcError } from "~/lib/errors";
import { call } from "~/lib/rpc";
import { ms, now } from "~/lib/time";
import { loadCategories, recallCategories } from "~/phone/categories";
import { forgetDrafts } from "~/phone/draft";
import { keep } from "~/phone/keep";
import { live, reading, reloadSoon } from "~/phone/live";
import { jobs, openOutbox } from "~/phone/outbox";
import { selfId, signedOut } from "~/phone/session";
import type { MemberJson, OfferJson, OrderJson } from "~api";

interface Kept {
	offers: OrderJson[];
	tasks: OrderJson[];
	member: MemberJson | undefined;
	atMs: number;
}

const PAGE_SIZE = 50;

export const member = signal<MemberJson | undefined>(undefined);
const offered = signal<OrderJson[]>([]);
export const tasks = signal<OrderJson[]>([]);
/** When the broker said so; 0: not yet. */
export const readAtMs = signal(0);

export const offerOf = (order: OrderJson): OfferJson | undefined =>
	order.offers?.find((offer) => offer.memberId === selfId.value && offer.state === "OFFER_STATE_LIVE");

/** Those that can still be accepted. */
export const offers = computed(() => offered.value.filter((order) => ms(offerOf(order)?.expireMs) > now.value));

/** What waits to be sent for a task, or was refused. */
export const jobOf = (order: OrderJson, method: string) =>
	jobs.value.find((job) => job.method === method && "orderId" in job.request && job.request.orderId === order.id);

/** Lists are without whom to call and where to go. */
const inFull = async (order: OrderJson) => (await call("OrderService/GetOrder", { orderId: order.id! })).order ?? order;

export async function reload(): Promise<void> {
	const memberId = selfId.value ?? "";
	if (memberId === "") return;
	const isNews = reading();
	try {
		const [live, held, own] = await Promise.all([
			call("TaskService/ListOffers", { pageSize: PAGE_SIZE }),
			call("TaskService/ListTasks", { pageSize: PAGE_SIZE }),
			call("MemberService/GetMember", { memberId }),
		]);
		const inHand = await Promise.all((held.orders ?? []).map(inFull));
		const kept = { offers: live.orders ?? [], tasks: inHand, member: own.member, atMs: Date.now() };
		if (!isNews()) return;
		show(kept);
		await keep.put("member", kept);
	} catch (error) {
		if (!(error instanceof RpcError)) throw error;
		if (error.isSignedOut) await signedOut();
	}
}

function show(kept: Kept) {
	batch(() => {
		offered.value = kept.offers;
		tasks.value = kept.tasks;
		member.value = kept.member;
		readAtMs.value = kept.atMs;
	});
}

/** An order as a reply of ours has it, until the lists are read anew. */
export function take(order: OrderJson | undefined) {
	if (order === undefined) return;
	const isHeld = order.slots?.some((slot) => slot.memberId === selfId.value && !ms(slot.completedMs)) ?? false;
	batch(() => {
		offered.value = offered.value.filter((other) => other.id !== order.id || !isHeld);
		const others = tasks.value.filter((other) => other.id !== order.id);
		tasks.value = isHeld ? [...others, order] : others;
	});
	reloadSoon();
}

export async function start(): Promise<void> {
	await recallCategories();
	const kept = await keep.get<Kept>("member");
	if (kept !== undefined) show(kept);
	await openOutbox(selfId.value ?? "", reloadSoon);
	live("TaskService/WatchOffers", reload);
	void forgetDrafts();
	void loadCategories().catch(() => {});
}
