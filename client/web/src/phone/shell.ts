/**
 * A phone page's service worker: the page comes up without a network. The page itself is asked for first, so that a new
 * one is seen at once, and taken from what is kept when the network says nothing for a moment; scripts and styles have
 * their content in their names, so that what is kept is right. Calls of the broker are none of its business.
 */
/// <reference lib="webworker" />

declare const self: ServiceWorkerGlobalScope;

const PATIENCE_MS = 3_000;
const NAMED = /(?:src|href)="(\/(?:assets\/|icon|[mr]\.webmanifest)[^"]*)"/g;

/** Keeps the page with all that it names, and nothing else. */
async function keepPage(cache: Cache, path: string, page: Response): Promise<void> {
	const names = [...(await page.clone().text()).matchAll(NAMED)].map(([, name]) => name ?? "");
	const kept = new Set((await cache.keys()).map((request) => new URL(request.url).pathname));
	await cache.addAll(names.filter((name) => !kept.has(name)));
	await cache.put(path, page);
	const wanted = new Set([path, ...names]);
	await Promise.all([...kept].filter((name) => !wanted.has(name)).map((name) => cache.delete(name)));
}

async function fetchPage(cache: Cache, path: string): Promise<Response> {
	const page = await fetch(path, { cache: "no-cache" });
	if (page.ok) await keepPage(cache, path, page.clone());
	return page;
}

async function answerPage(cache: Cache, path: string): Promise<Response> {
	const fresh = fetchPage(cache, path);
	const kept = await cache.match(path);
	if (kept === undefined) return fresh;
	const later = new Promise<Response>((done) => setTimeout(() => done(kept), PATIENCE_MS));
	return Promise.race([fresh.catch(() => kept), later]);
}

export function serveShell(path: "/m" | "/r"): void {
	const opened = () => caches.open(`paidan${path}`);
	self.addEventListener("install", (event) => {
		event.waitUntil(opened().then((cache) => fetchPage(cache, path)));
		void self.skipWaiting();
	});
	self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
	self.addEventListener("fetch", (event) => {
		const url = new URL(event.request.url);
		if (event.request.method !== "GET" || url.origin !== location.origin) return;
		if (event.request.mode === "navigate" && url.pathname === path)
			event.respondWith(opened().then((cache) => answerPage(cache, path)));
		else if (/^\/(assets\/|icon|[mr]\.webmanifest)/.test(url.pathname))
			event.respondWith(opened().then(async (cache) => (await cache.match(url.pathname)) ?? fetch(event.request)));
	});
}
