/** Photos to go with a form: taken or chosen, made small on the phone, shown, removed. */
import type { Signal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { toast } from "~/ui/toast";
import { Icon } from "./icons";
import { shrinkPhoto } from "./photo";
import { text } from "./words";

const MOST_PHOTOS = 6;

function Thumb({ blob, n, onRemove }: { blob: Blob; n: number; onRemove: () => void }) {
	const url = useMemo(() => URL.createObjectURL(blob), [blob]);
	useEffect(() => () => URL.revokeObjectURL(url), [url]);
	return (
		<li class="thumb">
			<img src={url} alt={text().photoOf(n)} />
			<button type="button" class="remove" aria-label={`${text().removePhoto} ${n}`} onClick={onRemove}>
				<Icon name="cross" />
			</button>
		</li>
	);
}

export function Photos({ photos }: { photos: Signal<Blob[]> }) {
	const take = async (input: HTMLInputElement) => {
		const files = [...(input.files ?? [])].slice(0, MOST_PHOTOS - photos.value.length);
		input.value = "";
		for (const file of files) {
			try {
				photos.value = [...photos.value, await shrinkPhoto(file)];
			} catch {
				toast(text().photoBad);
			}
		}
	};
	return (
		<div class="photos">
			{photos.value.length > 0 && (
				<ul class="thumbs">
					{photos.value.map((blob, i) => (
						<Thumb
							key={blob}
							blob={blob}
							n={i + 1}
							onRemove={() => (photos.value = photos.value.filter((p) => p !== blob))}
						/>
					))}
				</ul>
			)}
			{photos.value.length < MOST_PHOTOS && (
				<label class="button wide">
					<Icon name="camera" /> {text().photo}
					<input type="file" accept="image/*" multiple class="sr" onChange={(e) => take(e.currentTarget)} />
				</label>
			)}
		</div>
	);
}
