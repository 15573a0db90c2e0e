/** Members from a spreadsheet: which column is what, in either language, and what is wrong with a row. */
import type { MemberJson, MemberKindJson, NodeJson } from "~api";
import { readCsv } from "~/lib/csv_read";

export type Problem = "noName" | "badKind" | "noGrid" | "badCap";

export interface Row {
	/** In the file, from 1. */
	line: number;
	member: MemberJson;
	problem?: Problem;
}

const HEADS = {
	name: ["name", "姓名", "名称"],
	phone: ["phone", "电话", "手机", "手机号"],
	kind: ["kind", "类型"],
	grid: ["grid", "网格"],
	skills: ["skills", "技能"],
	cap: ["cap", "上限"],
} as const;
type Head = keyof typeof HEADS;

const KINDS: Record<string, MemberKindJson> = {
	"": "MEMBER_KIND_VOLUNTEER",
	volunteer: "MEMBER_KIND_VOLUNTEER",
	志愿者: "MEMBER_KIND_VOLUNTEER",
	"party-member": "MEMBER_KIND_PARTY_MEMBER",
	党员: "MEMBER_KIND_PARTY_MEMBER",
	"grid-worker": "MEMBER_KIND_GRID_WORKER",
	网格员: "MEMBER_KIND_GRID_WORKER",
	unit: "MEMBER_KIND_UNIT",
	单位: "MEMBER_KIND_UNIT",
};

function readRow(line: number, cell: (head: Head) => string, grids: NodeJson[]): Row {
	const kind = KINDS[cell("kind").toLowerCase()];
	const place = cell("grid");
	const node = grids.find(({ id, code, name }) => place === id || place === code || place === name);
	const cap = cell("cap");
	const names = cell("skills")
		.split(/[;；]/)
		.map((name) => name.trim());
	const member: MemberJson = {
		name: cell("name"),
		phone: cell("phone"),
		skills: names.filter((name) => name !== "").map((name) => ({ name })),
		holdingCap: Number(cap) || 0,
		active: true,
		...(kind ? { kind } : {}),
		...(node ? { gridId: node.id! } : {}),
	};
	if (member.name === "") return { line, member, problem: "noName" };
	if (!kind) return { line, member, problem: "badKind" };
	if (place !== "" && !node) return { line, member, problem: "noGrid" };
	return /^\d*$/.test(cap) ? { line, member } : { line, member, problem: "badCap" };
}

/** Undefined: its first line names no column with names of people. */
export function readMembers(text: string, grids: NodeJson[]): Row[] | undefined {
	const [head, ...lines] = readCsv(text);
	const at = (name: Head) =>
		(head?.cells ?? []).findIndex((one) => (HEADS[name] as readonly string[]).includes(one.trim().toLowerCase()));
	if (at("name") < 0) return undefined;
	return lines.map(({ line, cells }) => readRow(line, (name) => (cells[at(name)] ?? "").trim(), grids));
}
