/** Which part of the administration is shown, kept in the address; and how its dialogs send what was filled in. */
import { effect, signal } from "@preact/signals";
import type { ActorJson } from "~api";
import { text } from "./words";

export const TABS = ["org", "members", "categories", "policy", "exclusions", "accounts", "audit"] as const;
export type Tab = (typeof TABS)[number];

export const tab = signal<Tab>("org");

function readAddress(): void {
	const named = new URLSearchParams(location.search).get("tab");
	tab.value = TABS.find((one) => one === named) ?? "org";
}

export function keepAddress(): void {
	readAddress();
	effect(() => {
		const next = tab.value === "org" ? "/admin" : `/admin?tab=${tab.value}`;
		if (next !== location.pathname + location.search) history.pushState(null, "", next);
	});
	addEventListener("popstate", readAddress);
}

/** "派单员 u0000012" */
export function actorName(actor: ActorJson | undefined): string {
	const role = text().roles[(actor?.role ?? "").replace("ROLE_", "")] ?? "";
	return `${role} ${actor?.id ?? ""}`.trim();
}
