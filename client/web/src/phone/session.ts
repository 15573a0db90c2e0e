/**
 * Whose page this is. A link brings a short-lived token behind "#token=", which is exchanged for a cookie and dropped
 * from the address; later visits come with the cookie. Without a network it is who it was the last time.
 */
import { signal } from "@preact/signals";
import { RpcError } from "~/lib/errors";
import { call, identify, onSignedOut } from "~/lib/rpc";
import { keep } from "./keep";

export type Kind = "member" | "resident";

/** undefined: not yet known; "": nobody, a new link is needed. */
export const selfId = signal<string | undefined>(undefined);

const DEVICE_CHARS = 60;

function takeToken(): string {
	const token = new URLSearchParams(location.hash.slice(1)).get("token") ?? "";
	if (token !== "") history.replaceState(null, "", location.pathname + location.search);
	return token;
}

function idOf(reply: { memberId?: string; residentId?: string }): string {
	return reply.memberId || reply.residentId || "";
}

async function openSession(kind: Kind, token: string): Promise<string> {
	identify(kind, token);
	try {
		return idOf(await call("SessionService/OpenSession", { device: navigator.userAgent.slice(0, DEVICE_CHARS) }));
	} finally {
		identify(kind);
	}
}

/** An old link does no harm where a session is there. */
async function ask(kind: Kind): Promise<string> {
	const token = takeToken();
	identify(kind);
	if (token !== "") {
		const id = await openSession(kind, token).catch(() => "");
		if (id !== "") return id;
	}
	return idOf(await call("SessionService/GetSelf", {}));
}

/** Somebody else's things are not for who signs in now. */
async function remember(kind: Kind, id: string) {
	if ((await keep.get(`${kind}.self`)) === id) return;
	await keep.clear();
	await keep.put(`${kind}.self`, id);
}

/** Nobody can sign in here without a new link: the page says so, and whoever asked learns that it was in vain. */
async function giveUp(): Promise<never> {
	await signedOut();
	throw new RpcError("unauthenticated", "SESSION_ENDED", "登录已失效", "you are signed out");
}

export async function signIn(kind: Kind): Promise<void> {
	onSignedOut(giveUp);
	// A new link to the page that is open already changes nothing but what is behind the '#'.
	addEventListener("hashchange", () => {
		if (location.hash.startsWith("#token=")) location.reload();
	});
	try {
		const id = await ask(kind);
		await remember(kind, id);
		selfId.value = id;
	} catch (error) {
		if (error instanceof RpcError && error.isOpen) selfId.value = (await keep.get<string>(`${kind}.self`)) ?? "";
		else await signedOut();
	}
}

/** What is still to be sent stays: it goes when its owner is back. */
export async function signedOut(): Promise<void> {
	await keep.clear();
	selfId.value = "";
}

export async function signOut(): Promise<void> {
	await call("SessionService/Logout", {});
	await signedOut();
}
