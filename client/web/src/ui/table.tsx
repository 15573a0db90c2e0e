/** Tables: sorted by a click on a head, and given away as CSV with the same columns. */
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { csv } from "~/lib/csv";
import { locale } from "~/lib/i18n";
import { save } from "~/lib/save";
import { text } from "./office_words";

export interface Column<Row> {
	name: string;
	/** What it is sorted by, and what a spreadsheet gets. */
	value: (row: Row) => string | number;
	/** What is shown, where that is something else. */
	show?: (row: Row) => ComponentChildren;
	/** In one line, however narrow the page: times. */
	isBrief?: boolean;
}

export interface TableProps<Row> {
	label: string;
	columns: Column<Row>[];
	rows: Row[];
	id: (row: Row) => string;
	current?: string;
	/** The column that it comes sorted by, from 0, and from its largest value; default: as the rows come. */
	sorted?: number;
}

function compare(a: string | number, b: string | number): number {
	return typeof a === "number" && typeof b === "number"
		? a - b
		: String(a).localeCompare(String(b), locale.value, { numeric: true });
}

export function Table<Row>({ label, columns, rows, id, current, sorted }: TableProps<Row>) {
	const [by, sort] = useState({ at: sorted ?? -1, isDown: true });
	const column = columns[by.at];
	const shown = column
		? [...rows].sort((a, b) => compare(column.value(a), column.value(b)) * (by.isDown ? -1 : 1))
		: rows;
	if (rows.length === 0) return <p class="soft">{text().empty}</p>;
	const isNumber = columns.map(({ value }) => typeof value(rows[0]!) === "number");
	const kinds = columns.map(({ isBrief }, i) => (isNumber[i] ? "number" : isBrief ? "brief" : ""));
	return (
		<div class="table-frame" role="region" aria-label={label} tabIndex={0}>
			<table class="table">
				<thead>
					<tr>
						{columns.map(({ name }, i) => (
							<th
								key={name}
								scope="col"
								class={kinds[i]}
								aria-sort={i === by.at ? (by.isDown ? "descending" : "ascending") : undefined}
							>
								<button
									type="button"
									onClick={() => sort({ at: i, isDown: i === by.at ? !by.isDown : isNumber[i] === true })}
								>
									{name}
								</button>
							</th>
						))}
					</tr>
				</thead>
				<tbody>
					{shown.map((row) => (
						<tr key={id(row)} aria-current={id(row) === current ? "true" : undefined}>
							{columns.map(({ name, value, show }, i) =>
								i === 0 ? (
									<th key={name} scope="row" class={kinds[i]}>
										{(show ?? value)(row)}
									</th>
								) : (
									<td key={name} class={kinds[i]}>
										{(show ?? value)(row)}
									</td>
								),
							)}
						</tr>
					))}
				</tbody>
			</table>
		</div>
	);
}

export function saveTable<Row>(name: string, columns: Column<Row>[], rows: Row[]): void {
	const lines = rows.map((row) => columns.map(({ value }) => value(row)));
	const day = new Date().toISOString().slice(0, 10);
	save(`${name}-${day}.csv`, "text/csv;charset=utf-8", [csv([columns.map((column) => column.name), ...lines])]);
}
