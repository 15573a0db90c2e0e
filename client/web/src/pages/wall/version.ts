/** A page that is open for weeks outlives its server's version: when the server has other assets it loads itself anew. */
const LOADED = "paidan.wall.loaded";
/** While servers of two versions answer in turn it must not go round and round. */
const REST_MS = 300_000;

function own(): string[] {
	const links = [...document.querySelectorAll<HTMLElement>("script[src], link[rel='stylesheet']")];
	return links.map((link) => link.getAttribute("src") ?? link.getAttribute("href") ?? "");
}

export async function isOld(): Promise<boolean> {
	try {
		const said = await fetch("/wall", { cache: "no-cache" });
		if (!said.ok) return false;
		const page = await said.text();
		return page.includes("/assets/") && !own().every((name) => page.includes(name));
	} catch {
		return false;
	}
}

export async function renewIfOld(): Promise<void> {
	if (!(await isOld())) return;
	try {
		const last = Number(sessionStorage.getItem(LOADED) ?? 0);
		if (Math.abs(Date.now() - last) < REST_MS) return;
		sessionStorage.setItem(LOADED, String(Date.now()));
	} catch {
		return; // Without the key that the tab remembers there would be nothing to show.
	}
	location.reload();
}
