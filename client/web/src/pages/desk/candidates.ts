/** Who could serve an order: those whom dispatch would ask, best first, then everybody else by distance. */
import type { CandidateJson, MemberJson, OrderJson } from "~api";
import { distanceM, metres } from "~/lib/geo";
import { call } from "~/lib/rpc";
import { members } from "~/lib/town";
import { orders } from "./board";
import { text } from "./words";

function farM(member: MemberJson, order: OrderJson | undefined): number {
	if (!member.home || !order?.point) return Number.MAX_SAFE_INTEGER;
	const at = ({ lat = 0, lon = 0 }) => ({ lat, lon });
	return Math.round(distanceM(at(order.point), at(member.home)));
}

/** Those outside the ring that dispatch looks at now have no cost but the distance, and no word on whether they may. */
function others(known: Set<string>, order: OrderJson | undefined): CandidateJson[] {
	return [...members.peek().values()]
		.filter((one) => one.active && !known.has(one.id!))
		.map((one) => ({ one, far: farM(one, order) }))
		.sort((a, b) => a.far - b.far)
		.map(({ one, far }) => ({
			memberId: one.id!,
			terms: far < Number.MAX_SAFE_INTEGER ? [{ name: "distance", metres: String(far) }] : [],
		}));
}

export function everybody(order?: OrderJson): CandidateJson[] {
	return others(new Set(), order);
}

export async function loadCandidates(orderId: string): Promise<CandidateJson[]> {
	const found = (await call("DeskService/ExplainDispatch", { orderId })).candidates ?? [];
	const fine = found.filter((one) => !one.filtered);
	const known = new Set(found.map((one) => one.memberId!));
	return [...fine, ...others(known, orders.get(orderId)), ...found.filter((one) => one.filtered)];
}

/** "距 120 m · 在手 1 · 包保 −300", or why not. */
export function candidateFacts(one: CandidateJson): string {
	const words = text();
	const terms = new Map((one.terms ?? []).map((term) => [term.name ?? "", Number(term.metres ?? 0)]));
	const facts = [];
	const distance = terms.get("distance");
	if (distance !== undefined) facts.push(words.away(metres(distance)));
	const member = members.value.get(one.memberId ?? "");
	facts.push(words.holding(member?.holding ?? 0));
	if ((member?.ratings ?? 0) > 0) facts.push(`★ ${member!.rating!.toFixed(1)}`);
	if (one.filtered) facts.push(words.filters[one.filtered as "SKILL"] ?? one.filtered);
	for (const [name, value] of terms)
		if (name !== "distance" && name !== "age" && name !== "rating" && value !== 0)
			facts.push(`${words.terms[name as "jobs"] ?? name} ${value > 0 ? "+" : "−"}${Math.abs(value)}`);
	return facts.join(" · ");
}
