/** Photos and memos of an order, fetched when the order is looked at. */
import type { AttachmentJson } from "~api";
import { useAttachment } from "~/lib/attach";
import { text } from "./words";

function Attachment({ one, n }: { one: AttachmentJson; n: number }) {
	const url = useAttachment(one.ref);
	const words = text().detail;
	if (url === undefined) return <span class="thumb waiting" />;
	// biome-ignore lint/a11y/useMediaCaption: nobody has written down what somebody said.
	if (one.mediaType?.startsWith("audio/")) return <audio controls src={url} aria-label={words.memo} />;
	return (
		<a href={url} target="_blank" rel="noopener" class="thumb">
			<img src={url} alt={words.photo(n)} loading="lazy" />
		</a>
	);
}

export function Attachments({ name, all }: { name: string; all: AttachmentJson[] }) {
	if (all.length === 0) return null;
	return (
		<section class="stack">
			<h3>{name}</h3>
			<div class="thumbs">
				{all.map((one, i) => (
					<Attachment key={one.ref} one={one} n={i + 1} />
				))}
			</div>
		</section>
	);
}
