import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import type { NodeJson, PolicyJson } from "~api";
import { readCsv } from "~/lib/csv_read";
import { areaM2, compareGrids, readGrids } from "~/lib/geojson";
import { readMembers } from "~/pages/admin/members_rows";
import { changesOf, read, type Setting, SETTINGS, tryCommand, write } from "~/pages/admin/policy_fields";

const SQUARE = [[116.4, 39.9], [116.41, 39.9], [116.41, 39.91], [116.4, 39.91], [116.4, 39.9]];
const feature = (properties: object, coordinates: unknown = [SQUARE], type = "Polygon") => ({ type: "Feature", properties, geometry: { type, coordinates } });
const collection = (...features: object[]) => JSON.stringify({ type: "FeatureCollection", features });

test("a spreadsheet's CSV, whoever wrote it", () => {
	assert.deepEqual(readCsv('\ufeffa,b\r\n"x,1","say ""hi"""\r\n\r\n"two\nlines",z').map(({ line, cells }) => [line, ...cells]),
		[[1, "a", "b"], [2, "x,1", 'say "hi"'], [4, "two\nlines", "z"]]);
	assert.deepEqual(readCsv("a;b\n1;2\n").map(({ cells }) => cells), [["a", "b"], ["1", "2"]]);
	assert.deepEqual(readCsv(""), []);
});

test("grids are read, and every feature that is wrong is named", () => {
	const { grids, wrong } = readGrids(collection(feature({ code: "01", name: "一" }), feature({ grid_id: 7 }, [[SQUARE]], "MultiPolygon"),
		feature({}), feature({ code: "01" }), feature({ code: "02" }, [SQUARE.slice(0, 4)]), feature({ code: "03" }, [[[39.9, 116.4]]]),
		feature({ code: "04" }, [], "Point")));
	assert.deepEqual(grids.map(({ code, name }) => [code, name]), [["01", "一"], ["7", undefined]]);
	assert.deepEqual(wrong, [{ at: 3, problem: "noCode" }, { at: 4, problem: "twice" }, { at: 5, problem: "notClosed" },
		{ at: 6, problem: "badPoint" }, { at: 7, problem: "notPolygon" }]);
	assert.ok(Math.abs(areaM2(grids[0]!) - 948_500) < 1000, String(areaM2(grids[0]!)));
	for (const text of ["", "{", "[]", '{"type":"Feature"}']) assert.equal(readGrids(text).wrong[0]?.at, 0, text);
});

test("what a file changes is told grid by grid; what it has not stays", () => {
	const [grid] = readGrids(collection(feature({ code: "01", name: "一" }))).grids;
	const at = (id: string, code: string, more: NodeJson = {}): NodeJson => ({ ...grid, kind: "NODE_KIND_GRID", id, code, parentId: "c1", ...more });
	const nodes: NodeJson[] = [{ id: "c1", kind: "NODE_KIND_COMMUNITY", code: "C", parentId: "root" }, at("g1", "01"), at("g2", "02"), at("g9", "09", { parentId: "c2" })];
	const moved = structuredClone(grid!);
	moved.polygons![0]!.rings![0]!.points![1]!.lat! += 0.001;
	const close = structuredClone(grid!);
	close.polygons![0]!.rings![0]!.points![1]!.lat! += 4e-7;
	const fates = (grids: NodeJson[], parent = "c1") => compareGrids(nodes, grids, parent).map(({ code, fate }) => `${code} ${fate}`);
	assert.deepEqual(fates([close]), ["01 same", "02 kept"]);
	assert.deepEqual(fates([moved, { ...moved, code: "05" }]), ["01 changed", "05 added", "02 kept"]);
	const [elsewhere] = compareGrids(nodes, [{ ...grid!, code: "09" }], "c1");
	assert.ok(elsewhere!.parent && !elsewhere!.outline && elsewhere!.fate === "changed");
	assert.ok(compareGrids(nodes, [{ ...grid!, code: "C" }], "c1")[0]!.clash);
});

test("rows of members, in either language", () => {
	const grids: NodeJson[] = [{ id: "n0000001", code: "0101", name: "第一网格" }];
	const rows = readMembers("姓名,类型,网格,技能,上限\n甲,党员,0101,plumber;teacher,2\n乙,,第一网格,,\n,,,,\n丙,队长,,,\n丁,,99,,\n戊,,,,two\n", grids)!;
	assert.deepEqual(rows.map(({ line, problem }) => [line, problem]), [[2, undefined], [3, undefined], [5, "badKind"], [6, "noGrid"], [7, "badCap"]]);
	assert.deepEqual(rows[0]!.member, { name: "甲", phone: "", kind: "MEMBER_KIND_PARTY_MEMBER", gridId: "n0000001", holdingCap: 2, active: true,
		skills: [{ name: "plumber" }, { name: "teacher" }] });
	assert.equal(rows[1]!.member.kind, "MEMBER_KIND_VOLUNTEER");
	assert.equal(readMembers("phone\n1", grids), undefined);
});

const policy: PolicyJson = { serviceTimes: { dangerMs: "7200000" }, routine: { fanout: 1, offerTtlMs: "1800000" }, holdingCap: 3, manualDispatch: true };
const setting = (path: string): Setting => Object.values(SETTINGS).flat().find((one) => one.path === path)!;

/** The paths of all fields of a message in org.proto, messages in it followed. */
function pathsOf(proto: string, message: string): string[] {
	const body = proto.match(new RegExp(`^message ${message} \\{\\n([^]*?)^\\}`, "m"))?.[1] ?? "";
	return [...body.matchAll(/^ {2}([\w.]+) (\w+) = \d+/gm)].flatMap(([, type, name]) => {
		const path = name!.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
		return /^[A-Z]/.test(type!) ? pathsOf(proto, type!).map((below) => `${path}.${below}`) : [path];
	});
}

test("every setting of the policy can be edited", () => {
	const proto = readFileSync("../../proto/paidan/v1/org.proto", "utf8");
	const paths = pathsOf(proto, "Policy").filter((path) => path !== "etag");
	assert.ok(paths.includes("weights.ageM"));
	assert.deepEqual(paths.sort(), Object.values(SETTINGS).flat().map(({ path }) => path).sort());
});

test("settings are read and written in people's units, and nothing else changes", () => {
	assert.equal(read(policy, setting("serviceTimes.dangerMs")), "2");
	assert.equal(read(policy, setting("privacy.accessDays")), "0");
	const longer = write(policy, setting("serviceTimes.dangerMs"), "1.5")!;
	assert.deepEqual(longer, { ...policy, serviceTimes: { dangerMs: "5400000" } });
	assert.deepEqual(write(policy, setting("routine.fanout"), "2")!.routine, { fanout: 2, offerTtlMs: "1800000" });
	assert.deepEqual(write(policy, setting("privacy.accessDays"), "30")!.privacy, { accessDays: 30 });
	assert.equal(write(policy, setting("manualDispatch"), "")!.manualDispatch, false);
	for (const bad of ["", "x", "1e999"]) assert.equal(write(policy, setting("holdingCap"), bad), undefined, bad);
	assert.equal(policy.serviceTimes!.dangerMs, "7200000", "the policy that applies is as it was");
});

test("differences, and how to try them", () => {
	const next = write(write(policy, setting("routine.offerTtlMs"), "90")!, setting("manualDispatch"), "")!;
	assert.deepEqual(changesOf(policy, next).map(({ group, before, after }) => [group, before, after]), [["routine", "1800", "90"], ["desk", "1", ""]]);
	assert.equal(tryCommand(changesOf(policy, next)), "paidan rules try routine.offerTtlMs=90000 manualDispatch=false --days 7");
	assert.deepEqual(changesOf(policy, structuredClone(policy)), []);
});
