/** Who could serve an order: those whom dispatch would ask, best first, then everybody else by distance. */
import type { CandidateJson, ExplainDispatchResponseJson, MemberJson, OrderJson } from "~api";
import { distanceM, metres } from "~/lib/geo";
import { call } from "~/lib/rpc";
import { clock, ms } from "~/lib/time";
import { memberName, members } from "~/lib/town";
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

export const explain = (orderId: string) => call("DeskService/ExplainDispatch", { orderId });

/** All members, by what was said of an order. */
export function candidatesOf(orderId: string, said: ExplainDispatchResponseJson): CandidateJson[] {
	const found = said.candidates ?? [];
	const fine = found.filter((one) => !one.filtered);
	const known = new Set(found.map((one) => one.memberId!));
	return [...fine, ...others(known, orders.get(orderId)), ...found.filter((one) => one.filtered)];
}

/** Why nobody was asked though somebody could have been, and when it goes on; "" where that is not so. */
export function whyItWaits(said: ExplainDispatchResponseJson): string {
	const words = text();
	const cheapest = said.decision?.candidates?.[0];
	if (!said.decision?.wait || !said.againMs) return "";
	const why = words.waits[said.decision.wait.slice("WAIT_REASON_".length) as "NOT_WORTH_IT"];
	const parts = why
		? [
				why(
					memberName(cheapest?.memberId),
					metres(Number(cheapest?.costM ?? 0)),
					metres(Number(cheapest?.laterM ?? 0)),
					metres(Number(said.decision.worthM ?? 0)),
				),
			]
		: [];
	return [...parts, words.again(clock(ms(said.againMs)))].join(words.stop);
}

/** What a term says once it weighs as much as so many metres; the rest is told by numbers people know. */
const TELLING: [name: "jobs" | "offers" | "responsible" | "optional_skill", fromM: number][] = [
	["responsible", 1],
	["optional_skill", 1],
	["jobs", 50],
	["offers", 100],
];

const termsOf = (one: CandidateJson) =>
	new Map((one.terms ?? []).map((term) => [term.name ?? "", Number(term.metres ?? 0)]));

/** The sum that dispatch goes by, for those who want to know. */
export function candidateSum(one: CandidateJson): string {
	const words = text();
	const parts = [...termsOf(one)]
		.filter(([, value]) => value !== 0)
		.map(([name, value]) => `${words.terms[name as "jobs"] ?? name} ${value > 0 ? "+" : "−"}${Math.abs(value)}`);
	return parts.length === 0 ? "" : words.sum(parts.join(words.stop), String(one.costM ?? 0));
}

/** "距 120 m · 手上 1 单 · 评分 4.8 · 包保责任人", or why not. */
export function candidateFacts(one: CandidateJson): string {
	const words = text();
	const terms = termsOf(one);
	const facts = [];
	const distance = terms.get("distance");
	if (distance !== undefined) facts.push(words.away(metres(distance)));
	const member = members.value.get(one.memberId ?? "");
	facts.push(words.holding(member?.holding ?? 0));
	if ((member?.ratings ?? 0) > 0) facts.push(words.rated(member!.rating!.toFixed(1)));
	if (one.filtered) facts.push(words.filters[one.filtered as "SKILL"] ?? one.filtered);
	for (const [name, fromM] of TELLING) if (Math.abs(terms.get(name) ?? 0) >= fromM) facts.push(words.telling[name]);
	return facts.join(" · ");
}
