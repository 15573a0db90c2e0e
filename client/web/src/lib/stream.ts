/**
 * Following a stream of the broker for as long as a page is open: it goes on behind the last event id that was heard,
 * comes back by itself when the line is lost, and notices a line that is silent though it should not be.
 *
 * A follower calls `onMessage` in the order of the events, each once; `onGap` when events were missed for good (the
 * page must read everything anew, after which it follows from now on). `line` is the state for people to see.
 */
import { type Signal, signal } from "@preact/signals";
import type { Streams } from "~api";
import { errorOf, RpcError } from "./errors";
import { frame, Frames } from "./frames";
import { headersFor, renewSession } from "./rpc";

export interface Line {
	state: "connecting" | "live" | "lost";
	/** Since when it is lost, by performance.now(). */
	sinceMs: number;
}

type Message<S extends keyof Streams> = Streams[S][1] & { eventId?: string };

export interface Follow<S extends keyof Streams> {
	onMessage: (message: Message<S>) => void;
	onGap: () => void;
	/** Where to go on; empty: from now on. */
	after?: string;
}

export interface Follower {
	line: Signal<Line>;
	stop: () => void;
}

/** The broker sends a heartbeat every 15 s. */
const SILENCE_MS = 40_000;
/** A refusal comes right behind the head; where none does, the stream is open, however quiet it is. */
const OPEN_MS = 100;
const FIRST_PAUSE_MS = 500;
const MOST_PAUSE_MS = 15_000;

export function backOffMs(tries: number, random = Math.random()): number {
	return Math.min(MOST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(tries, 10)) * (0.5 + random / 2);
}

/** One connection; ends when the server or the silence ends it. */
async function listen<S extends keyof Streams>(
	method: S,
	request: Streams[S][0],
	stop: AbortController,
	open: () => void,
	hear: (message: Message<S>) => void,
): Promise<void> {
	let timer = setTimeout(() => stop.abort(), SILENCE_MS);
	let opening: ReturnType<typeof setTimeout> | undefined;
	try {
		const said = await fetch(`/paidan.v1.${method}`, {
			method: "POST",
			body: frame(request),
			headers: headersFor("application/connect+json"),
			signal: stop.signal,
			credentials: "same-origin",
		});
		if (!said.ok || !said.body) throw errorOf(await said.json().catch(() => undefined), said.status);
		opening = setTimeout(open, OPEN_MS);
		const reader = said.body.getReader();
		const frames = new Frames();
		for (;;) {
			const { done, value } = await reader.read();
			if (done) return;
			clearTimeout(timer);
			timer = setTimeout(() => stop.abort(), SILENCE_MS);
			for (const { isEnd, body } of frames.take(value)) {
				if (!isEnd) {
					open();
					hear(body as Message<S>);
				} else if ((body as { error?: unknown }).error) throw errorOf((body as { error: unknown }).error, 200);
			}
		}
	} finally {
		clearTimeout(timer);
		clearTimeout(opening);
	}
}

/** Waits, but not when the network comes back or somebody looks at the page again. */
function rest(ms: number): Promise<void> {
	return new Promise((done) => {
		const end = () => {
			if (document.visibilityState === "hidden") return;
			finish();
		};
		const finish = () => {
			clearTimeout(timer);
			removeEventListener("online", end);
			document.removeEventListener("visibilitychange", end);
			done();
		};
		const timer = setTimeout(finish, ms);
		addEventListener("online", end);
		document.addEventListener("visibilitychange", end);
	});
}

export function follow<S extends keyof Streams>(method: S, request: Streams[S][0], to: Follow<S>): Follower {
	const line = signal<Line>({ state: "connecting", sinceMs: performance.now() });
	let after = to.after ?? "";
	let isStopped = false;
	let wasOpen = false;
	let current = new AbortController();
	const lose = () => {
		if (line.value.state === "live") line.value = { state: "lost", sinceMs: performance.now() };
		else if (line.value.state === "connecting") line.value = { ...line.value, state: "lost" };
	};
	const offline = () => current.abort();
	addEventListener("offline", offline);
	const run = async () => {
		for (let tries = 0; !isStopped; ) {
			current = new AbortController();
			try {
				let isNew = true;
				const open = () => {
					tries = 0;
					if (line.value.state !== "live") line.value = { state: "live", sinceMs: performance.now() };
					// The line was lost before it was known where it stood, or what came since is gone.
					if (isNew && wasOpen && after === "") to.onGap();
					isNew = false;
					wasOpen = true;
				};
				await listen(method, { ...request, after }, current, open, (message) => {
					after = message.eventId || after;
					to.onMessage(message);
				});
			} catch (error) {
				if (isStopped) break;
				if (error instanceof RpcError && error.reason === "EVENTS_GONE") {
					after = "";
					wasOpen = true;
					continue;
				}
				if (error instanceof RpcError && error.isSignedOut && (await renewSession().catch(() => false))) continue;
			}
			if (isStopped) break;
			lose();
			await rest(backOffMs(tries++));
		}
	};
	void run();
	return {
		line,
		stop: () => {
			isStopped = true;
			removeEventListener("offline", offline);
			current.abort();
		},
	};
}
