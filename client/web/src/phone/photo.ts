/** Photos as they are sent: drawn anew, so that they are small and say nothing of place or camera. */

const MOST_PX = 1600;
const QUALITY = 0.8;
const SMALLER = 0.6;
const WANTED_BYTES = 900_000;

function paint(image: ImageBitmap, scale: number): HTMLCanvasElement {
	const canvas = document.createElement("canvas");
	canvas.width = Math.max(1, Math.round(image.width * scale));
	canvas.height = Math.max(1, Math.round(image.height * scale));
	const context = canvas.getContext("2d");
	if (context === null) throw new Error("no canvas");
	context.drawImage(image, 0, 0, canvas.width, canvas.height);
	return canvas;
}

function encode(canvas: HTMLCanvasElement, quality: number): Promise<Blob> {
	return new Promise((done, failed) => {
		canvas.toBlob((blob) => (blob === null ? failed(new Error("no picture")) : done(blob)), "image/jpeg", quality);
	});
}

/** Rejects what the browser can't show as a picture. */
export async function shrinkPhoto(file: Blob): Promise<Blob> {
	const image = await createImageBitmap(file, { imageOrientation: "from-image" });
	const scale = Math.min(1, MOST_PX / Math.max(image.width, image.height));
	const canvas = paint(image, scale);
	image.close();
	const photo = await encode(canvas, QUALITY);
	return photo.size <= WANTED_BYTES ? photo : encode(canvas, SMALLER);
}
