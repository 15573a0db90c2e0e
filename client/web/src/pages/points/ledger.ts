/** Movements as the books have them: what an account comes to, and what they are called. */
import type { AccountJson, MovementJson } from "~api";
import { fullTime, ms } from "~/lib/time";
import type { Column } from "~/ui/table";
import { text } from "./words";

const ISSUANCE = "issuance";
const PROVISIONAL = "/provisional";

/** All movements of a member give their balance, or somebody has to look into it. */
export function difference(account: AccountJson, movements: MovementJson[]): number {
	const id = account.memberId ?? "";
	let sum = 0;
	for (const { amount, debit, credit } of movements) {
		const points = Number(amount ?? 0);
		if (credit === id || credit === id + PROVISIONAL) sum += points;
		if (debit === id || debit === id + PROVISIONAL) sum -= points;
	}
	return Number(account.available ?? 0) + Number(account.provisional ?? 0) - sum;
}

/** What it changes for the member: settling moves points from one of their accounts to the other. */
export function sign({ kind }: MovementJson): string {
	return kind === "MOVEMENT_KIND_REVERSED" ? "−" : kind === "MOVEMENT_KIND_SETTLED" ? "" : "+";
}

export function kindName({ kind }: MovementJson): string {
	return text().kinds[(kind ?? "").replace("MOVEMENT_KIND_", "") as "EARNED"] ?? "";
}

function accountName(name: string | undefined): string {
	if (!name || name === ISSUANCE) return text().issuance;
	return name.endsWith(PROVISIONAL) ? text().toProvisional(name.slice(0, -PROVISIONAL.length)) : text().toMember(name);
}

/** To its owner an account is one: between which parts of the books points moved is for who looks after them. */
export function movementColumns(isOwn = false): Column<MovementJson>[] {
	const { columns } = text();
	const sides: Column<MovementJson>[] = [
		{ name: columns.debit, value: ({ debit }) => accountName(debit) },
		{ name: columns.credit, value: ({ credit }) => accountName(credit) },
	];
	return [
		{ name: columns.at, isBrief: true, value: ({ atMs }) => fullTime(ms(atMs)) },
		{ name: columns.kind, value: kindName },
		{
			name: columns.amount,
			value: ({ amount }) => Number(amount ?? 0),
			show: (movement) => `${sign(movement)}${movement.amount ?? 0}`,
		},
		...(isOwn ? [] : sides),
		{ name: columns.order, value: ({ orderId }) => orderId ?? "" },
	];
}
