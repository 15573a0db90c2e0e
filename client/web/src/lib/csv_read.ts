/** Reads CSV as spreadsheets write it: a byte order mark, quotes, either kind of line end, commas or semicolons. */
export interface CsvRow {
	/** In the file, from 1. */
	line: number;
	cells: string[];
}

export function readCsv(text: string): CsvRow[] {
	const all = text.replace(/^\ufeff/, "");
	const comma = /^[^\n]*;/.test(all) && !/^[^\n]*,/.test(all) ? ";" : ",";
	const rows: CsvRow[] = [];
	let row: CsvRow = { line: 1, cells: [] };
	let cell = "";
	let line = 1;
	let isQuoted = false;
	const endRow = () => {
		row.cells.push(cell);
		cell = "";
		if (row.cells.some((one) => one.trim() !== "")) rows.push(row);
		row = { line, cells: [] };
	};
	for (let i = 0; i < all.length; i++) {
		const c = all[i]!;
		if (c === "\n") line++;
		if (isQuoted) {
			if (c !== '"') cell += c;
			else if (all[i + 1] === '"') {
				cell += c;
				i++;
			} else isQuoted = false;
		} else if (c === '"' && cell === "") isQuoted = true;
		else if (c === comma) {
			row.cells.push(cell);
			cell = "";
		} else if (c === "\n") endRow();
		else if (c !== "\r") cell += c;
	}
	endRow();
	return rows;
}
