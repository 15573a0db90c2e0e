/** Photos and memos of an order. */
import type { AttachmentJson } from "~api";
import { useAttachment } from "~/lib/attach";
import { text } from "./words";

function Picture({ attachment, n }: { attachment: AttachmentJson; n: number }) {
	const url = useAttachment(attachment.ref);
	if (url === undefined) return null;
	// biome-ignore lint/a11y/useMediaCaption: nobody has written down what somebody said.
	if (attachment.mediaType?.startsWith("audio/")) return <audio controls src={url} aria-label={text().memo} />;
	return (
		<a href={url} target="_blank" rel="noopener" class="thumb">
			<img src={url} alt={text().photoOf(n)} />
		</a>
	);
}

export function Pictures({ attachments }: { attachments: AttachmentJson[] }) {
	if (attachments.length === 0) return null;
	return (
		<div class="thumbs">
			{attachments.map((attachment, i) => (
				<Picture key={attachment.ref} attachment={attachment} n={i + 1} />
			))}
		</div>
	);
}
