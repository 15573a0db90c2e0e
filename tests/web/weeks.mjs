/** Weeks of use in some seconds: a stream that says what we want, and what the page has in its memory. */

/** From now on the method's stream is ours: `globalThis.tell(messages)` in the page sends. */
export function ownStream(page, method) {
	return page.addInitScript((name) => {
		const real = globalThis.fetch;
		const bytes = new TextEncoder();
		const framed = (message) => {
			const body = bytes.encode(JSON.stringify(message));
			const out = new Uint8Array(5 + body.length);
			new DataView(out.buffer).setUint32(1, body.length);
			out.set(body, 5);
			return out;
		};
		let told = 0;
		globalThis.fetch = (what, options) => {
			if (!String(what).endsWith(name)) return real(what, options);
			const stream = new ReadableStream({
				start: (to) => {
					globalThis.tell = (messages) => {
						for (const one of messages) to.enqueue(framed({ eventId: `1772416800000-${told++}-0`, ...one }));
					};
				},
			});
			return Promise.resolve(new Response(stream));
		};
	}, method);
}

/** { bytes, nodes } once everything that nobody needs is gone. */
export async function memoryOf(page) {
	const tools = await page.context().newCDPSession(page);
	await tools.send("Performance.enable");
	await tools.send("HeapProfiler.collectGarbage");
	const { metrics } = await tools.send("Performance.getMetrics");
	await tools.detach();
	const get = (wanted) => metrics.find(({ name }) => name === wanted).value;
	return { bytes: get("JSHeapUsedSize"), nodes: get("Nodes") };
}

/** Lives through `before` rounds, in which caches fill, and through `more`; answers what the second part added. */
export async function growth(page, before, more, live) {
	await page.waitForFunction(() => globalThis.tell !== undefined);
	for (let i = 0; i < before; i++) await live(i);
	const was = await memoryOf(page);
	for (let i = 0; i < more; i++) await live(before + i);
	const is = await memoryOf(page);
	const mb = (bytes) => (bytes / 1e6).toFixed(1);
	console.log(`# after ${before} rounds ${mb(was.bytes)} MB and ${was.nodes} nodes, after ${before + more} ${mb(is.bytes)} MB and ${is.nodes}`);
	return { bytes: is.bytes - was.bytes, nodes: is.nodes - was.nodes };
}
