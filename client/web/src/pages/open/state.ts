/** What the page knows, and where it asks: with GETs, which browsers and proxies may keep. */
import { signal } from "@preact/signals";
import type { GetFiguresResponseJson, OpenAreaJson, Unary } from "~api";
import { answerOf, RpcError, unreachable } from "~/lib/errors";
import type { Point } from "~/lib/geo";
import type { Area } from "~/ui/map";
import type { Measure } from "./figures";

const PAGE = 200;
const DEFAULT_WEEKS = 8;
export const WEEKS = [4, DEFAULT_WEEKS, 13, 26];

const at = new URLSearchParams(location.search);

export const tenant = signal(at.get("tenant") ?? "");
export const weeks = signal(WEEKS.includes(Number(at.get("weeks"))) ? Number(at.get("weeks")) : DEFAULT_WEEKS);
export const measure = signal<Measure>("solved");
export const said = signal<GetFiguresResponseJson | undefined>(undefined);
export const areas = signal<OpenAreaJson[]>([]);
export const state = signal<"ask" | "loading" | "none" | "failed" | "there">("loading");

type Open = "OpenDataService/GetFigures" | "OpenDataService/ListAreas";

export function addressOf<M extends Open>(method: M, request: Unary[M][0]): string {
	const asked = new URLSearchParams({ connect: "v1", encoding: "json", message: JSON.stringify(request) });
	return `/paidan.v1.${method}?${asked}`;
}

async function get<M extends Open>(method: M, request: Unary[M][0]): Promise<Unary[M][1]> {
	const reply = await fetch(addressOf(method, request)).catch(() => {
		throw unreachable();
	});
	return (await answerOf(reply)) as Unary[M][1];
}

async function allAreas(): Promise<OpenAreaJson[]> {
	const found: OpenAreaJson[] = [];
	let pageToken = "";
	do {
		const page = await get("OpenDataService/ListAreas", { tenantId: tenant.value, pageSize: PAGE, pageToken });
		found.push(...(page.areas ?? []));
		pageToken = page.nextPageToken ?? "";
	} while (pageToken !== "");
	return found.sort((a, b) => (a.code ?? "").localeCompare(b.code ?? ""));
}

export function figuresAddress(): string {
	return addressOf("OpenDataService/GetFigures", { tenantId: tenant.value, weeks: weeks.value });
}

export async function load(): Promise<void> {
	if (tenant.value === "") {
		state.value = "ask";
		return;
	}
	if (!said.value) state.value = "loading";
	try {
		const [figures, grids] = await Promise.all([
			get("OpenDataService/GetFigures", { tenantId: tenant.value, weeks: weeks.value }),
			areas.value.length > 0 ? areas.value : allAreas(),
		]);
		areas.value = grids;
		said.value = figures;
		state.value = "there";
	} catch (error) {
		const isNone =
			error instanceof RpcError &&
			(error.isSignedOut || error.reason === "NOT_FOUND" || error.code === "invalid_argument");
		state.value = isNone ? "none" : "failed";
	}
}

function keepAddress(): void {
	const next = new URLSearchParams({ tenant: tenant.value });
	if (weeks.value !== DEFAULT_WEEKS) next.set("weeks", String(weeks.value));
	history.replaceState(null, "", `/open?${next}`);
}

export function choose(period: number): void {
	weeks.value = period;
	keepAddress();
	void load();
}

export function ask(id: string): void {
	tenant.value = id.trim();
	keepAddress();
	void load();
}

/** An area of the map as the broker tells it. */
export function outlineOf(area: OpenAreaJson): Area {
	const polygons = (area.polygons ?? []).map((polygon) =>
		(polygon.rings ?? []).map((ring) => (ring.points ?? []).map((p): Point => ({ lat: p.lat ?? 0, lon: p.lon ?? 0 }))),
	);
	return { id: area.gridId ?? "", name: area.name ?? "", polygons };
}
