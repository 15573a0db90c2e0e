/**
 * A map of areas and pins as SVG: drag or arrow keys to move, wheel, pinch or +/- to zoom, 0 to see all. There are no
 * tiles: the areas are the map. Pins keep their size; those of one place are drawn in the order given.
 */
import { useMemo, useRef, useState } from "preact/hooks";
import { around, type Box, flatten, type Point } from "~/lib/geo";

export interface Area {
	id: string;
	name: string;
	polygons: Point[][][];
	tone?: string;
	count?: number;
}

export interface Pin extends Point {
	id: string;
	tone: string;
	title: string;
}

export interface MapProps {
	label: string;
	areas: Area[];
	pins: Pin[];
	current?: string | undefined;
	currentArea?: string | undefined;
	/** A picture that nobody can move. */
	isStill?: boolean;
	onPin?: (id: string) => void;
	onArea?: (id: string) => void;
}

const ZOOM = 1.3;
const SMALLEST_M = 80;
const PIN_PX = 5;

function zoomed(box: Box, by: number, x = box.x + box.w / 2, y = box.y + box.h / 2): Box {
	if (box.w * by < SMALLEST_M || box.w * by > 200_000) return box;
	return { x: x - (x - box.x) * by, y: y - (y - box.y) * by, w: box.w * by, h: box.h * by };
}

function keyMoves(key: string, box: Box): Box | "all" | undefined {
	const step = box.w / 8;
	switch (key) {
		case "ArrowLeft":
			return { ...box, x: box.x - step };
		case "ArrowRight":
			return { ...box, x: box.x + step };
		case "ArrowUp":
			return { ...box, y: box.y - step };
		case "ArrowDown":
			return { ...box, y: box.y + step };
		case "+":
		case "=":
			return zoomed(box, 1 / ZOOM);
		case "-":
			return zoomed(box, ZOOM);
		case "0":
			return "all";
		default:
			return undefined;
	}
}

export function TownMap({ label, areas, pins, current, currentArea, isStill, onPin, onArea }: MapProps) {
	const svg = useRef<SVGSVGElement>(null);
	const [moved, move] = useState<Box>();
	const drag = useRef<{ x: number; y: number; box: Box; isFar: boolean }>();
	const fingers = useRef(new Map<number, { x: number; y: number }>()).current;
	const pinch = useRef<{ apart: number; box: Box; at: { x: number; y: number } }>();
	const points = useMemo(() => areas.flatMap((area) => area.polygons.flat(2)), [areas]);
	const flat = useMemo(() => flatten(points[0] ?? pins[0] ?? { lat: 0, lon: 0 }), [points]);
	const all = useMemo(() => around(points, flat, 40), [points, flat]);
	const paths = useMemo(
		() =>
			areas.map(({ polygons }) =>
				polygons
					.flat()
					.map((ring) => `M${ring.map((p) => `${flat.x(p).toFixed(1)} ${flat.y(p).toFixed(1)}`).join("L")}Z`)
					.join(""),
			),
		[areas, flat],
	);
	const box = moved ?? all;
	const perPx = () => Math.max(box.w / (svg.current?.clientWidth || 400), box.h / (svg.current?.clientHeight || 400));
	const at = (x: number, y: number) => new DOMPoint(x, y).matrixTransform(svg.current?.getScreenCTM()?.inverse());
	/** How far two fingers are apart, and what is between them. */
	const grip = () => {
		const [a, b] = [...fingers.values()] as [{ x: number; y: number }, { x: number; y: number }];
		return { apart: Math.hypot(a.x - b.x, a.y - b.y) || 1, x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 };
	};
	const letGo = (event: PointerEvent) => {
		fingers.delete(event.pointerId);
		pinch.current = undefined;
	};
	const size = PIN_PX * perPx();
	/** Where its name stands: up, for the pins are in the middle. */
	const head = (area: Area) => {
		const ring = area.polygons[0]?.[0] ?? [];
		const edge = around(ring, flat, 0);
		return { x: edge.x + edge.w / 2, y: edge.y + edge.h / 6 };
	};
	return (
		<svg
			ref={svg}
			class={isStill ? "map still" : "map"}
			role={isStill ? "img" : "application"}
			aria-label={label}
			tabIndex={isStill ? undefined : 0}
			viewBox={`${box.x} ${box.y} ${box.w} ${box.h}`}
			onKeyDown={(event) => {
				const next = keyMoves(event.key, box);
				if (next === undefined || event.ctrlKey || event.metaKey) return;
				event.preventDefault();
				event.stopPropagation();
				move(next === "all" ? undefined : next);
			}}
			onWheel={(event) => {
				event.preventDefault();
				const point = at(event.clientX, event.clientY);
				move(zoomed(box, event.deltaY > 0 ? 1.15 : 1 / 1.15, point.x, point.y));
			}}
			onPointerDown={(event) => {
				fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
				drag.current = { x: event.clientX, y: event.clientY, box, isFar: fingers.size > 1 };
				if (fingers.size !== 2) return;
				const { apart, x, y } = grip();
				pinch.current = { apart, box, at: at(x, y) };
			}}
			onPointerUp={letGo}
			onPointerCancel={letGo}
			onPointerMove={(event) => {
				if (fingers.has(event.pointerId)) fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
				const held = pinch.current;
				if (held) {
					move(zoomed(held.box, held.apart / grip().apart, held.at.x, held.at.y));
					return;
				}
				const from = drag.current;
				if (!from || event.buttons === 0) return;
				const x = event.clientX - from.x;
				const y = event.clientY - from.y;
				if (!from.isFar && Math.hypot(x, y) < 4) return;
				from.isFar = true;
				move({ ...from.box, x: from.box.x - x * perPx(), y: from.box.y - y * perPx() });
			}}
			onClickCapture={(event) => {
				if (drag.current?.isFar) event.stopPropagation();
				drag.current = undefined;
			}}
		>
			{areas.map((area, i) => (
				<path
					key={area.id}
					class={`area ${area.tone ?? ""} ${area.id === currentArea ? "current" : ""}`}
					d={paths[i]}
					onClick={() => onArea?.(area.id)}
				/>
			))}
			{areas.map((area) => {
				const { x, y } = head(area);
				return (
					<text key={area.id} class="area-name" x={x} y={y} font-size={size * 2.3}>
						{area.name}
					</text>
				);
			})}
			{pins.map((pin) => (
				<circle
					key={pin.id}
					class={`pin ${pin.tone} ${pin.id === current ? "current" : ""}`}
					cx={flat.x(pin)}
					cy={flat.y(pin)}
					r={pin.id === current ? size * 1.7 : size}
					onClick={() => onPin?.(pin.id)}
				>
					<title>{pin.title}</title>
				</circle>
			))}
		</svg>
	);
}
