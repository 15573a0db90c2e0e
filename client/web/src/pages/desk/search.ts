/** Finding orders among those at hand: by number, matter, category, grid, address, end of the phone number, initials. */
import type { OrderJson } from "~api";
import { means } from "~/lib/pinyin";

const MOST = 30;

export interface Names {
	category: (id: string) => string;
	grid: (id: string) => string;
	member: (id: string) => string;
	building: (id: string) => string;
}

export function finds(order: OrderJson, typed: string, names: Names): boolean {
	const wanted = typed.trim().toLowerCase();
	if (/^\d{3,}$/.test(wanted) && (order.contact?.phone ?? "").endsWith(wanted)) return true;
	const ids = `${order.id} ${order.beneficiaryId}`;
	const held = (order.slots ?? []).map((slot) => names.member(slot.memberId ?? "")).join(" ");
	return (
		means(wanted, order.title ?? "", ids) ||
		means(wanted, names.category(order.categoryId ?? ""), order.description) ||
		means(wanted, names.grid(order.gridId ?? ""), order.contact?.address) ||
		(!!order.buildingId && means(wanted, names.building(order.buildingId))) ||
		(held.trim() !== "" && means(wanted, held))
	);
}

export function search(all: Iterable<OrderJson>, typed: string, names: Names): OrderJson[] {
	const found: OrderJson[] = [];
	if (typed.trim() === "") return found;
	for (const order of all) {
		if (!finds(order, typed, names)) continue;
		found.push(order);
		if (found.length === MOST) break;
	}
	return found;
}
