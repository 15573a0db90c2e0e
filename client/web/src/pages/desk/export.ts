/** The list that is shown, as a table for spreadsheets. */
import { csv } from "~/lib/csv";
import { save } from "~/lib/save";
import { fullTime, ms } from "~/lib/time";
import { categoryName, memberName, nodeName } from "~/lib/town";
import { frozen, orders, view } from "./board";
import { membersOf, stateOf, urgencyOf } from "./views";
import { text } from "./words";

export function table(): (string | number)[][] {
	const words = text();
	const { id, matter, grid, state, urgency, who, placed, due } = words.columns;
	const rows: (string | number)[][] = [[id, matter, words.form.category, grid, state, urgency, who, placed, due]];
	for (const one of frozen.value) {
		const order = orders.get(one);
		if (!order) continue;
		rows.push([
			one,
			order.title ?? "",
			categoryName(order.categoryId),
			nodeName(order.gridId),
			words.state[stateOf(order) as "PLACED"],
			words.urgency[urgencyOf(order) as "NORMAL"],
			membersOf(order).map(memberName).join("、"),
			fullTime(ms(order.placedMs)),
			fullTime(ms(order.dueMs)),
		]);
	}
	return rows;
}

const name = (ending: string) => `${text().views[view.value]}-${new Date().toISOString().slice(0, 10)}.${ending}`;

export function exportCsv(): void {
	save(name("csv"), "text/csv;charset=utf-8", [csv(table())]);
}

/** The writer comes when it is asked for. */
export async function exportXlsx(): Promise<void> {
	const { xlsx } = await import("~/lib/xlsx");
	save(name("xlsx"), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", xlsx(text().title, table()));
}
