/** Tables as XLSX: a zip (stored, not packed) of the few parts that spreadsheets ask for. Texts are inline strings. */
const CRC = Uint32Array.from({ length: 256 }, (_, n) => {
	let c = n;
	for (let k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
	return c >>> 0;
});

export function crc32(bytes: Uint8Array): number {
	let c = 0xffffffff;
	for (const byte of bytes) c = CRC[(c ^ byte) & 255]! ^ (c >>> 8);
	return (c ^ 0xffffffff) >>> 0;
}

const UTF8_NAMES = 0x0800;
const DAY_1980 = 0x21;

/** The fields that a local head and the directory share: version, flags, method, time, date, sum, sizes, name's length. */
function shared(bytes: Uint8Array, name: Uint8Array): number[][] {
	return [
		[20, 2],
		[UTF8_NAMES, 2],
		[0, 2],
		[0, 2],
		[DAY_1980, 2],
		[crc32(bytes), 4],
		[bytes.length, 4],
		[bytes.length, 4],
		[name.length, 2],
		[0, 2],
	];
}

function pack(fields: number[][]): Uint8Array<ArrayBuffer> {
	const out = new Uint8Array(fields.reduce((sum, [, size]) => sum + size!, 0));
	const view = new DataView(out.buffer);
	let at = 0;
	for (const [value, size] of fields) {
		if (size === 4) view.setUint32(at, value!, true);
		else view.setUint16(at, value!, true);
		at += size!;
	}
	return out;
}

export function zip(files: [name: string, text: string][]): Uint8Array<ArrayBuffer>[] {
	const parts: Uint8Array<ArrayBuffer>[] = [];
	const directory: Uint8Array<ArrayBuffer>[] = [];
	let at = 0;
	for (const [title, text] of files) {
		const name = new TextEncoder().encode(title);
		const bytes = new TextEncoder().encode(text);
		const fields = shared(bytes, name);
		const head = pack([[0x04034b50, 4], ...fields]);
		directory.push(pack([[0x02014b50, 4], [20, 2], ...fields, [0, 2], [0, 2], [0, 2], [0, 4], [at, 4]]), name);
		parts.push(head, name, bytes);
		at += head.length + name.length + bytes.length;
	}
	const size = directory.reduce((sum, part) => sum + part.length, 0);
	const end = pack([
		[0x06054b50, 4],
		[0, 2],
		[0, 2],
		[files.length, 2],
		[files.length, 2],
		[size, 4],
		[at, 4],
		[0, 2],
	]);
	return [...parts, ...directory, end];
}

// Characters that XML 1.0 cannot have are left out.
const BAD = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g;
const escapeXml = (text: string) =>
	text
		.replace(BAD, "")
		.replaceAll("&", "&amp;")
		.replaceAll("<", "&lt;")
		.replaceAll(">", "&gt;")
		.replaceAll('"', "&quot;");

function sheetRow(row: (string | number)[]): string {
	const cells = row.map((value) =>
		typeof value === "number"
			? `<c><v>${value}</v></c>`
			: `<c t="inlineStr"><is><t xml:space="preserve">${escapeXml(value)}</t></is></c>`,
	);
	return `<row>${cells.join("")}</row>`;
}

const XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';
const OFFICE = "http://schemas.openxmlformats.org/";
const SHEET = `xmlns="${OFFICE}spreadsheetml/2006/main"`;
const MAIN = "application/vnd.openxmlformats-officedocument.spreadsheetml.";

export function xlsx(title: string, rows: (string | number)[][]): Uint8Array<ArrayBuffer>[] {
	return zip([
		[
			"[Content_Types].xml",
			`${XML}<Types xmlns="${OFFICE}package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" ContentType="${MAIN}sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="${MAIN}worksheet+xml"/></Types>`,
		],
		[
			"_rels/.rels",
			`${XML}<Relationships xmlns="${OFFICE}package/2006/relationships"><Relationship Id="rId1" Type="${OFFICE}officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
		],
		[
			"xl/workbook.xml",
			`${XML}<workbook ${SHEET} xmlns:r="${OFFICE}officeDocument/2006/relationships"><sheets><sheet name="${escapeXml(title.slice(0, 31))}" sheetId="1" r:id="rId1"/></sheets></workbook>`,
		],
		[
			"xl/_rels/workbook.xml.rels",
			`${XML}<Relationships xmlns="${OFFICE}package/2006/relationships"><Relationship Id="rId1" Type="${OFFICE}officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>`,
		],
		[
			"xl/worksheets/sheet1.xml",
			`${XML}<worksheet ${SHEET}><sheetData>${rows.map(sheetRow).join("")}</sheetData></worksheet>`,
		],
	]);
}
