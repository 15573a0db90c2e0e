/** What the desk does not have at hand: orders of whoever has that phone number, closed ones too; and one by its number. */
import { signal } from "@preact/signals";
import type { OrderJson } from "~api";
import { call } from "~/lib/rpc";
import { toastError } from "~/ui/toast";
import { isNumber } from "./caller";

const REST_MS = 200;
const CALLERS = 6;
const ORDERS = 5;

export interface Remote {
	order: OrderJson;
	/** Whose it is, masked. */
	who: string;
}

export const remote = signal<{ typed: string; found: Remote[] }>({ typed: "", found: [] });
let timer: ReturnType<typeof setTimeout> | undefined;
let asked = "";

async function byPhone(phone: string): Promise<Remote[]> {
	const { callers = [] } = await call("OrgService/FindResidents", { phone, pageSize: CALLERS });
	const lists = await Promise.all(
		callers.map(async ({ resident, household, building }) => {
			const said = await call("OrderService/ListOrders", { residentId: resident?.id ?? "", pageSize: ORDERS });
			const who = [resident?.name, household?.address || building?.name].filter(Boolean).join(" · ");
			return (said.orders ?? []).map((order) => ({ order, who }));
		}),
	);
	return lists.flat();
}

async function byNumber(orderId: string): Promise<Remote[]> {
	const { order } = await call("OrderService/GetOrder", { orderId });
	return order ? [{ order, who: "" }] : [];
}

function asks(typed: string): (() => Promise<Remote[]>) | undefined {
	if (/^[\d\s+-]+$/.test(typed) && isNumber(typed)) return () => byPhone(typed);
	const id = typed.toLowerCase();
	return /^o[0-9a-z]{7}$/.test(id) ? () => byNumber(id).catch(() => []) : undefined;
}

/** When the typing rests; an answer to what was typed before comes too late. */
export function askRemote(query: string): void {
	const typed = query.trim();
	clearTimeout(timer);
	asked = typed;
	const ask = asks(typed);
	if (!ask) return;
	timer = setTimeout(() => {
		ask().then((found) => {
			if (asked === typed) remote.value = { typed, found };
		}, toastError);
	}, REST_MS);
}
