/** Pictures and memos, to and from the broker. */
import { useEffect, useState } from "preact/hooks";
import { answerOf, unreachable } from "~/lib/errors";
import { headersFor } from "~/lib/rpc";
import type { AttachmentJson } from "~api";

const ROUTE = "/v1/attachments";

/** Rejects with an RpcError, as calls do. */
export async function upload(blob: Blob): Promise<AttachmentJson> {
	const said = await fetch(ROUTE, { method: "POST", body: blob, headers: headersFor(blob.type) }).catch(
		() => undefined,
	);
	if (said === undefined) throw unreachable();
	return (await answerOf(said)) as AttachmentJson;
}

/** A blob: URL of it, once it is there, for as long as it is shown. Images can't send our header: they are fetched. */
export function useAttachment(ref = ""): string | undefined {
	const [url, show] = useState<string>();
	useEffect(() => {
		let made = "";
		let isGone = false;
		const load = () =>
			fetch(`${ROUTE}/${encodeURIComponent(ref)}`, { headers: headersFor("*/*") })
				.then((said) => (said.ok ? said.blob() : undefined))
				.then((blob) => blob && !isGone && show((made = URL.createObjectURL(blob))))
				.catch(() => isGone || addEventListener("online", load, { once: true }));
		void load();
		return () => {
			isGone = true;
			URL.revokeObjectURL(made);
		};
	}, [ref]);
	return url;
}
