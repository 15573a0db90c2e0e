/**
 * The screen's key: it comes in the address, behind the #, where no server sees it, and leaves the address at once. The tab
 * remembers it, so that the page may load itself anew.
 */
const NAME = "paidan.wall";

export function takeKey(): string {
	const given = /^#token=([\w-]+)$/.exec(location.hash)?.[1] ?? "";
	try {
		if (given !== "") sessionStorage.setItem(NAME, given);
		if (location.hash !== "") history.replaceState(null, "", location.pathname + location.search);
		return given || (sessionStorage.getItem(NAME) ?? "");
	} catch {
		return given;
	}
}
