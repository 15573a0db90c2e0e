/**
 * What the wall shows: asked for every so often, and soon after something happened. It keeps no more than it shows,
 * however long it is open. Ages go by the server's clock and by one here that nobody sets.
 */
import { computed, effect, signal } from "@preact/signals";
import type { GetWallResponseJson, WallEventJson } from "~api";
import { RpcError } from "~/lib/errors";
import { call, identify } from "~/lib/rpc";
import { type Follower, follow } from "~/lib/stream";
import { ms, now } from "~/lib/time";
import { renewIfOld } from "./version";

const EVERY_MS = 15_000;
/** After an event: what comes with it is taken along. */
const SOON_MS = 1_500;
const RATES_EVERY_MS = 60_000;
const MAP_EVERY_MS = 3_600_000;
const VERSION_EVERY_MS = 600_000;
const MOST_EVENTS = 20;

export const wall = signal<GetWallResponseJson | undefined>(undefined);
export const events = signal<WallEventJson[]>([]);
export const isRefused = signal(false);
export const line = signal<Follower["line"] | undefined>(undefined);

/** The server's time, as of the last answer. */
let serverMs = Date.now();
let heardMs = performance.now();
export const serverNow = computed(() => {
	void now.value;
	return serverMs + performance.now() - heardMs;
});

let ratesMs = -RATES_EVERY_MS;
let mapMs = -MAP_EVERY_MS;
let versionMs = performance.now();

/** What was not asked for this time stays as it was. */
function merged(next: GetWallResponseJson, old: GetWallResponseJson | undefined): GetWallResponseJson {
	const before = new Map((old?.grids ?? []).map((grid) => [grid.gridId, grid]));
	const grids = (next.grids ?? []).map((grid) => {
		const { polygons, placed, closed } = before.get(grid.gridId) ?? {};
		const kept = next.today ? {} : { ...(placed && { placed }), ...(closed && { closed }) };
		return { ...kept, ...(polygons && { polygons }), ...grid };
	});
	const { today, month, days } = old ?? {};
	return { ...(today && { today }), ...(month && { month }), ...(days && { days }), ...next, grids };
}

async function ask(): Promise<void> {
	const at = performance.now();
	const withRates = at - ratesMs >= RATES_EVERY_MS;
	const withMap = at - mapMs >= MAP_EVERY_MS;
	const said = await call("WallService/GetWall", { withRates, withMap });
	serverMs = ms(said.nowMs);
	heardMs = performance.now();
	if (withRates) ratesMs = at;
	if (withMap) mapMs = at;
	wall.value = merged(said, wall.peek());
	events.value = (said.events ?? []).slice(0, MOST_EVENTS);
	isRefused.value = false;
}

let timer: ReturnType<typeof setTimeout> | undefined;
let dueMs = 0;
let isAsking = false;

function askIn(delayMs: number): void {
	const at = performance.now() + delayMs;
	if (timer !== undefined && dueMs <= at) return;
	clearTimeout(timer);
	dueMs = at;
	timer = setTimeout(() => {
		timer = undefined;
		void refresh();
	}, delayMs);
}

async function refresh(): Promise<void> {
	if (isAsking) return askIn(SOON_MS);
	isAsking = true;
	try {
		await ask();
	} catch (error) {
		if (error instanceof RpcError && error.isSignedOut) isRefused.value = true;
	} finally {
		isAsking = false;
	}
	if (performance.now() - versionMs >= VERSION_EVERY_MS) {
		versionMs = performance.now();
		void renewIfOld();
	}
	askIn(EVERY_MS * (0.9 + Math.random() / 5));
}

/** A screen that is asked to sleep would show nothing. */
function stayAwake(): void {
	const wake = () => {
		if (document.visibilityState === "visible") void navigator.wakeLock?.request("screen").catch(() => undefined);
	};
	document.addEventListener("visibilitychange", wake);
	wake();
}

export function openWall(key: string): void {
	identify("desk", key);
	const follower = follow(
		"WallService/WatchWall",
		{},
		{
			onMessage: ({ event }) => {
				if (!event) return;
				events.value = [event, ...events.peek()].slice(0, MOST_EVENTS);
				askIn(SOON_MS);
			},
			onGap: () => askIn(0),
		},
	);
	line.value = follower.line;
	// Lost: perhaps the key was revoked, and the screen has to go dark. Back again: perhaps from a server of another
	// version; the figures are old in any case.
	let wasLost = false;
	effect(() => {
		const { state } = follower.line.value;
		if (state === "live" && wasLost) {
			void renewIfOld();
			askIn(0);
		}
		if (state === "lost" && !wasLost) askIn(0);
		wasLost = state === "lost" || (wasLost && state !== "live");
	});
	stayAwake();
	void refresh();
}
