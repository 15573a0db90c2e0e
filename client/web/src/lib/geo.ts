/** From degrees to a flat picture, and back; good for a town. */
export interface Point {
	lat: number;
	lon: number;
}

export interface Box {
	x: number;
	y: number;
	w: number;
	h: number;
}

const METRES_PER_DEGREE = 111_195;

export interface Flat {
	x: (point: Point) => number;
	y: (point: Point) => number;
}

/** Metres east and south of a place. */
export function flatten(origin: Point): Flat {
	const east = METRES_PER_DEGREE * Math.cos((origin.lat * Math.PI) / 180);
	return {
		x: (point) => (point.lon - origin.lon) * east,
		y: (point) => (origin.lat - point.lat) * METRES_PER_DEGREE,
	};
}

export function around(points: Point[], flat: Flat, marginM: number): Box {
	if (points.length === 0) return { x: -500, y: -500, w: 1000, h: 1000 };
	const xs = points.map(flat.x);
	const ys = points.map(flat.y);
	const x = Math.min(...xs) - marginM;
	const y = Math.min(...ys) - marginM;
	return { x, y, w: Math.max(...xs) + marginM - x, h: Math.max(...ys) + marginM - y };
}

export function distanceM(a: Point, b: Point): number {
	const flat = flatten(a);
	return Math.hypot(flat.x(b), flat.y(b));
}

export function metres(distance: number): string {
	return distance < 950 ? `${Math.round(distance / 10) * 10} m` : `${(distance / 1000).toFixed(1)} km`;
}
