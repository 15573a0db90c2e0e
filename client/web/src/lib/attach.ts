/** Pictures and memos, to and from the broker. */
import { signal } from "@preact/signals";
import { errorOf, unreachable } from "~/lib/errors";
import { headersFor } from "~/lib/rpc";
import type { AttachmentJson } from "~api";

const ROUTE = "/v1/attachments";

/** Rejects with an RpcError, as calls do. */
export async function upload(blob: Blob): Promise<AttachmentJson> {
	const said = await fetch(ROUTE, { method: "POST", body: blob, headers: headersFor(blob.type) }).catch(
		() => undefined,
	);
	if (said === undefined) throw unreachable();
	const body: unknown = await said.json().catch(() => undefined);
	if (!said.ok) throw errorOf(body, said.status);
	return body as AttachmentJson;
}

const shown = new Map<string, ReturnType<typeof signal<string | undefined>>>();

/** A blob: URL of it, once it is there. Images can't send our header, so that they are fetched. */
export function attachmentUrl(ref: string) {
	let url = shown.get(ref);
	if (url === undefined) {
		const made = signal<string | undefined>(undefined);
		shown.set(ref, (url = made));
		fetch(`${ROUTE}/${encodeURIComponent(ref)}`, { headers: headersFor("*/*") })
			.then((response) => (response.ok ? response.blob() : undefined))
			.then((blob) => {
				if (blob !== undefined) made.value = URL.createObjectURL(blob);
			})
			.catch(() => shown.delete(ref));
	}
	return url;
}
