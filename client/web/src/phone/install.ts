/** Has the page's service worker registered; a browser without them works with a network only. */
export function installShell(page: "m" | "r"): void {
	navigator.serviceWorker?.register(`/${page}-worker.js`, { scope: `/${page}` }).catch(() => {});
}
