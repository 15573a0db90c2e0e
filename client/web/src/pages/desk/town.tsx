/** The grids, and the orders of the list where they are. */
import { useMemo } from "preact/hooks";
import type { Point } from "~/lib/geo";
import { now } from "~/lib/time";
import { nodes } from "~/lib/town";
import { type Area, type Pin, TownMap } from "~/ui/map";
import { frozen, grid, orders, rev } from "./board";
import { current, isDetailOpen } from "./state";
import { toneOf } from "./views";
import { text } from "./words";

const MOST_PINS = 600;

export function Town() {
	const areas = useMemo<Area[]>(() => {
		const found: Area[] = [];
		for (const node of nodes.value.values()) {
			const polygons = (node.polygons ?? []).map((polygon) =>
				(polygon.rings ?? []).map((ring) =>
					(ring.points ?? []).map((p): Point => ({ lat: p.lat ?? 0, lon: p.lon ?? 0 })),
				),
			);
			if (polygons.length > 0) found.push({ id: node.id!, name: node.name ?? "", polygons });
		}
		return found;
	}, [nodes.value]);
	const pins = useMemo<Pin[]>(() => {
		const found: Pin[] = [];
		for (const id of frozen.value) {
			const order = orders.get(id);
			if (!order?.point || found.length === MOST_PINS) continue;
			const { lat = 0, lon = 0 } = order.point;
			found.push({ id, lat, lon, tone: toneOf(order, now.peek()), title: `${id} ${order.title ?? ""}` });
		}
		return found.sort((a, b) => Number(a.id === current.value) - Number(b.id === current.value));
	}, [frozen.value, rev.value, current.value]);
	return (
		<TownMap
			label={text().map}
			areas={areas}
			pins={pins}
			current={current.value}
			currentArea={grid.value || orders.get(current.value)?.gridId}
			onPin={(id) => {
				current.value = id;
				isDetailOpen.value = true;
			}}
			onArea={(id) => (grid.value = grid.value === id ? "" : id)}
		/>
	);
}
