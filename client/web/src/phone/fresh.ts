/**
 * A tab that was open for a day runs a page of yesterday. When somebody looks at it again it asks whether there is a newer
 * one, and becomes that, as soon as nothing is being filled in.
 */
const OLD_MS = 3600_000;
const LOOK_AGAIN_MS = 2_000;

const join = (names: Iterable<string>) => [...names].sort().join();

/** What a page is made of: the names of its files have their content in them. */
const filesOf = (html: string) => join(html.match(/\/assets\/[\w.-]+/g) ?? []);

function ownFiles(): string {
	const named = document.querySelectorAll("head script[src], head link[rel=stylesheet]");
	return join(Array.from(named, (one) => one.getAttribute("src") ?? one.getAttribute("href") ?? ""));
}

export function startFresh(path: "/m" | "/r"): void {
	const own = ownFiles();
	let askedMs = Date.now();
	let waiting: ReturnType<typeof setInterval> | undefined;
	const become = () => {
		if (document.querySelector("dialog[open]") === null) location.reload();
	};
	const ask = async () => {
		if (document.visibilityState === "hidden" || Date.now() - askedMs < OLD_MS) return;
		askedMs = Date.now();
		const page = await fetch(path, { cache: "no-cache" }).catch(() => undefined);
		if (!page?.ok || filesOf(await page.text()) === own) return;
		if (waiting === undefined) waiting = setInterval(become, LOOK_AGAIN_MS);
		become();
	};
	document.addEventListener("visibilitychange", ask);
	setInterval(ask, OLD_MS);
}
