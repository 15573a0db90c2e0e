/** Whether the broker serves a newer page than this one, which may have been open for days: told by the page's ETag. */
import { signal } from "@preact/signals";

const EVERY_MS = 10 * 60_000;

export const isOutdated = signal(false);
let mine = "";

export async function checkVersion(): Promise<void> {
	const said = await fetch(location.pathname, { method: "HEAD", cache: "no-cache" }).catch(() => undefined);
	const tag = said?.ok ? (said.headers.get("etag") ?? "") : "";
	if (tag === "") return;
	if (mine === "") mine = tag;
	isOutdated.value = tag !== mine;
}

export function watchVersion(): void {
	const look = () => void (document.visibilityState === "visible" && checkVersion());
	void checkVersion();
	setInterval(look, EVERY_MS);
	document.addEventListener("visibilitychange", look);
}
