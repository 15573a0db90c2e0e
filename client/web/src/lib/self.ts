/** The operator whose session this is. */
import { signal } from "@preact/signals";
import type { OperatorJson } from "~api";

export interface Self {
	id: string;
	name: string;
	isAdmin: boolean;
}

export const self = signal<Self>({ id: "", name: "", isAdmin: false });

export function beSelf(operator: OperatorJson | undefined): void {
	self.value = {
		id: operator?.id ?? "",
		name: operator?.displayName || operator?.name || "",
		isAdmin: (operator?.assignments ?? []).some(({ role }) => role === "ROLE_ADMIN"),
	};
}
