/** Tables for spreadsheets, as CSV. */
/** A cell that a spreadsheet would take for a formula gets an apostrophe; numbers stay numbers. */
export function cell(value: string | number): string {
	if (typeof value === "number") return String(value);
	const safe = /^[=+\-@\t\r]/.test(value) && !/^[+-]?\d+(\.\d+)?$/.test(value) ? `'${value}` : value;
	return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** With a byte order mark, without which Excel takes Chinese for another encoding. */
export function csv(rows: (string | number)[][]): string {
	return "\ufeff" + rows.map((row) => row.map(cell).join(",")).join("\r\n") + "\r\n";
}
