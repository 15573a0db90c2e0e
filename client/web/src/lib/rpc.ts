/**
 * Calls of the broker: Connect's unary protocol in JSON over fetch.
 *
 * Who asks is the page's session, a cookie that no script can read; `identify` says whose. Tests and pages that were
 * opened with a token may have a bearer instead. When the session has ended, `onSignedOut` is asked to renew it and
 * the call goes on: what was typed is not lost.
 * What changes something carries an Idempotency-Key and may be sent again: it is done once.
 */
import type { Unary } from "~api";
import { answerOf, RpcError, timedOut, unreachable } from "./errors";

export type Audience = "desk" | "member" | "resident";
export type Method = keyof Unary;
export type Request<M extends Method> = Unary[M][0];
export type Response<M extends Method> = Unary[M][1];

export interface CallOptions {
	signal?: AbortSignal;
	/** All tries together. */
	deadlineMs?: number;
	/** Of an earlier try, to go on with it; default: a new one. */
	key?: string;
	/** Signing in: without a session, and once. */
	anonymous?: boolean;
}

const DEADLINE_MS = 15_000;
const TRIES = 4;
const FIRST_PAUSE_MS = 250;
const READS = /\/(Get|List|Explain|Locate|Search|Find|Check|Try)/;

const identity: { audience: Audience; bearer: string; renew: (() => Promise<void>) | undefined } = {
	audience: "desk",
	bearer: "",
	renew: undefined,
};
let renewing: Promise<void> | undefined;

export function identify(audience: Audience, bearer = ""): void {
	identity.audience = audience;
	identity.bearer = bearer;
}

/** `renew` signs in again and is fulfilled when that is done; it is never asked twice at once. */
export function onSignedOut(renew: () => Promise<void>): void {
	identity.renew = renew;
}

/** False when nobody renews sessions here. */
export async function renewSession(): Promise<boolean> {
	if (!identity.renew) return false;
	renewing ??= identity.renew().finally(() => {
		renewing = undefined;
	});
	await renewing;
	return true;
}

export function newKey(): string {
	// Pages over plain HTTP (the loopback port) have no randomUUID.
	return Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function headersFor(type: string): Record<string, string> {
	const headers: Record<string, string> = { "content-type": type, "connect-protocol-version": "1" };
	if (identity.bearer) headers["authorization"] = `Bearer ${identity.bearer}`;
	else headers["x-paidan-session"] = identity.audience;
	return headers;
}

export const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

async function tryOnce(method: string, body: string, headers: Record<string, string>, ms: number, by?: AbortSignal) {
	const stop = new AbortController();
	const timer = setTimeout(() => stop.abort(), ms);
	const passOn = () => stop.abort();
	by?.addEventListener("abort", passOn);
	try {
		const said = await fetch(`/paidan.v1.${method}`, {
			method: "POST",
			body,
			headers: { ...headers, "connect-timeout-ms": String(Math.round(ms)) },
			signal: stop.signal,
			credentials: "same-origin",
		});
		return await answerOf(said);
	} catch (error) {
		if (by?.aborted) throw error;
		if (stop.signal.aborted) throw timedOut();
		throw error instanceof RpcError ? error : unreachable();
	} finally {
		clearTimeout(timer);
		by?.removeEventListener("abort", passOn);
	}
}

export async function call<M extends Method>(
	method: M,
	request: Request<M>,
	options: CallOptions = {},
): Promise<Response<M>> {
	let end = performance.now() + (options.deadlineMs ?? DEADLINE_MS);
	const headers = headersFor("application/json");
	if (options.anonymous) delete headers["x-paidan-session"];
	if (!READS.test(method) && !method.startsWith("SessionService/"))
		headers["idempotency-key"] = options.key ?? newKey();
	const body = JSON.stringify(request);
	for (let tries = 1; ; tries++) {
		try {
			return (await tryOnce(
				method,
				body,
				headers,
				Math.max(1, end - performance.now()),
				options.signal,
			)) as Response<M>;
		} catch (error) {
			if (options.anonymous || !(error instanceof RpcError)) throw error;
			if (error.isSignedOut) {
				if (tries >= TRIES || !(await renewSession())) throw error;
				end = performance.now() + (options.deadlineMs ?? DEADLINE_MS);
				continue;
			}
			const wait = FIRST_PAUSE_MS * 2 ** (tries - 1) * (0.75 + Math.random() / 2);
			if (!error.isOpen || tries >= TRIES || performance.now() + wait >= end) throw error;
			await pause(wait);
		}
	}
}

/** All pages of a list, one behind the other. */
export async function* pages<M extends Method>(method: M, request: Request<M>, options?: CallOptions) {
	let pageToken = "";
	do {
		const page = await call(method, { ...request, pageToken } as Request<M>, options);
		yield page;
		pageToken = (page as { nextPageToken?: string }).nextPageToken ?? "";
	} while (pageToken !== "");
}
