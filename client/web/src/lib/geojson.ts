/** Grids from a GeoJSON file (RFC 7946: longitude first, WGS84), and how they differ from those that are there. */
import type { NodeJson, PolygonJson } from "~api";
import { flatten, type Point } from "./geo";

export type Problem = "notJson" | "notCollection" | "noCode" | "twice" | "notPolygon" | "badPoint" | "notClosed";

export interface Wrong {
	/** Of the feature, from 1; 0: of the file. */
	at: number;
	problem: Problem;
}

export interface GridFile {
	grids: NodeJson[];
	wrong: Wrong[];
}

const CODES = ["code", "id", "grid_id", "grid", "name"];

type Json = Record<string, unknown>;

const isObject = (value: unknown): value is Json => typeof value === "object" && value !== null;
const textOf = (value: unknown) =>
	typeof value === "string" ? value.trim() : typeof value === "number" ? String(value) : "";

function codeOf(properties: Json): string {
	for (const name of CODES) {
		const text = textOf(properties[name]);
		if (text !== "") return text;
	}
	const values = Object.values(properties);
	return values.length === 1 ? textOf(values[0]) : "";
}

class Bad extends Error {
	constructor(readonly problem: Problem) {
		super(problem);
	}
}

function readRing(ring: unknown): Point[] {
	if (!Array.isArray(ring)) throw new Bad("notPolygon");
	const points = ring.map((position): Point => {
		const [lon, lat] = Array.isArray(position) ? position : [];
		if (typeof lon !== "number" || typeof lat !== "number" || Math.abs(lat) > 90 || Math.abs(lon) > 180)
			throw new Bad("badPoint");
		return { lat, lon };
	});
	const [first, last] = [points[0], points.at(-1)];
	if (points.length < 4 || first?.lat !== last?.lat || first?.lon !== last?.lon) throw new Bad("notClosed");
	return points;
}

function readPolygons(geometry: unknown): PolygonJson[] {
	if (!isObject(geometry) || !Array.isArray(geometry["coordinates"])) throw new Bad("notPolygon");
	const { type, coordinates } = geometry as { type: unknown; coordinates: unknown[] };
	if (type !== "Polygon" && type !== "MultiPolygon") throw new Bad("notPolygon");
	const polygons = type === "Polygon" ? [coordinates] : coordinates;
	return polygons.map((rings) => {
		if (!Array.isArray(rings) || rings.length === 0) throw new Bad("notPolygon");
		return { rings: rings.map((ring) => ({ points: readRing(ring) })) };
	});
}

function readFeature(feature: unknown, taken: Set<string>): NodeJson {
	if (!isObject(feature)) throw new Bad("notPolygon");
	const properties = isObject(feature["properties"]) ? feature["properties"] : {};
	const code = codeOf(properties);
	if (code === "") throw new Bad("noCode");
	if (taken.has(code)) throw new Bad("twice");
	const polygons = readPolygons(feature["geometry"]);
	taken.add(code);
	const name = textOf(properties["name"]) || textOf(properties["名称"]);
	const phone = textOf(properties["phone"]);
	return { code, polygons, ...(name ? { name } : {}), ...(phone ? { phone } : {}) };
}

export function readGrids(text: string): GridFile {
	let file: unknown;
	try {
		file = JSON.parse(text.replace(/^\ufeff/, ""));
	} catch {
		return { grids: [], wrong: [{ at: 0, problem: "notJson" }] };
	}
	if (!isObject(file) || file["type"] !== "FeatureCollection" || !Array.isArray(file["features"]))
		return { grids: [], wrong: [{ at: 0, problem: "notCollection" }] };
	const found: GridFile = { grids: [], wrong: [] };
	const taken = new Set<string>();
	file["features"].forEach((feature, i) => {
		try {
			found.grids.push(readFeature(feature, taken));
		} catch (error) {
			if (!(error instanceof Bad)) throw error;
			found.wrong.push({ at: i + 1, problem: error.problem });
		}
	});
	return found;
}

/** As the map takes them. */
export function outlines(node: NodeJson): Point[][][] {
	return (node.polygons ?? []).map((polygon) =>
		(polygon.rings ?? []).map((ring) => (ring.points ?? []).map((p): Point => ({ lat: p.lat ?? 0, lon: p.lon ?? 0 }))),
	);
}

/** Square metres; holes are taken off. */
export function areaM2(node: NodeJson): number {
	let sum = 0;
	for (const rings of outlines(node))
		rings.forEach((ring, n) => {
			if (ring.length === 0) return;
			const flat = flatten(ring[0]!);
			let twice = 0;
			for (let i = 1; i < ring.length; i++)
				twice += flat.x(ring[i - 1]!) * flat.y(ring[i]!) - flat.x(ring[i]!) * flat.y(ring[i - 1]!);
			sum += (Math.abs(twice) / 2) * (n === 0 ? 1 : -1);
		});
	return sum;
}

/** The broker keeps millionths of a degree, some 10 cm. */
const SAME_DEG = 1.5e-6;

function isSameOutline(a: NodeJson, b: NodeJson): boolean {
	const [one, other] = [outlines(a), outlines(b)];
	const shape = (all: Point[][][]) => JSON.stringify(all.map((rings) => rings.map((ring) => ring.length)));
	if (shape(one) !== shape(other)) return false;
	const points = other.flat(2);
	return one
		.flat(2)
		.every((p, i) => Math.abs(p.lat - points[i]!.lat) < SAME_DEG && Math.abs(p.lon - points[i]!.lon) < SAME_DEG);
}

export type Fate = "added" | "changed" | "same" | "kept";

export interface Difference {
	fate: Fate;
	code: string;
	before?: NodeJson;
	after?: NodeJson;
	/** What is not as it was. */
	outline: boolean;
	name: boolean;
	parent: boolean;
	/** The code is another unit's, which is no grid. */
	clash: boolean;
}

/** Of a file that is to be imported under a unit. What the file has not stays as it is: an import removes nothing. */
export function compareGrids(nodes: Iterable<NodeJson>, grids: NodeJson[], parentId: string): Difference[] {
	const known = new Map<string, NodeJson>();
	const ids = new Set<string>();
	for (const node of nodes) {
		ids.add(node.id!);
		if (node.code) known.set(node.code, node);
	}
	// The topmost unit is not among them.
	const above = (node: NodeJson) => (ids.has(node.parentId ?? "") ? node.parentId : "");
	const found: Difference[] = [];
	const named = new Set<string>();
	for (const after of grids) {
		const code = after.code ?? "";
		const before = known.get(code);
		named.add(code);
		if (!before) {
			found.push({ fate: "added", code, after, outline: true, name: true, parent: false, clash: false });
			continue;
		}
		const outline = !isSameOutline(before, after);
		const name = after.name !== undefined && after.name !== before.name;
		const parent = above(before) !== parentId;
		const clash = before.kind !== "NODE_KIND_GRID";
		const fate = outline || name || parent || clash ? "changed" : "same";
		found.push({ fate, code, before, after, outline, name, parent, clash });
	}
	for (const before of known.values())
		if (before.kind === "NODE_KIND_GRID" && above(before) === parentId && !named.has(before.code!))
			found.push({
				fate: "kept",
				code: before.code!,
				before,
				outline: false,
				name: false,
				parent: false,
				clash: false,
			});
	return found;
}
