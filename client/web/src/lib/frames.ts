/** Connect's streams: messages behind a byte of flags and four of length; the last one says how it ended. */
const HEAD = 5;
const FLAG_END = 2;
const MOST_BYTES = 8 << 20;

export interface Frame {
	isEnd: boolean;
	body: unknown;
}

export function frame(message: unknown): Uint8Array<ArrayBuffer> {
	const body = new TextEncoder().encode(JSON.stringify(message));
	const out = new Uint8Array(HEAD + body.length);
	new DataView(out.buffer).setUint32(1, body.length);
	out.set(body, HEAD);
	return out;
}

/** Takes bytes as they come and gives whole frames. Throws when they are no such stream. */
export class Frames {
	private kept = new Uint8Array(0);

	*take(bytes: Uint8Array): Generator<Frame> {
		const all = new Uint8Array(this.kept.length + bytes.length);
		all.set(this.kept);
		all.set(bytes, this.kept.length);
		let at = 0;
		while (all.length - at >= HEAD) {
			const length = new DataView(all.buffer, at + 1).getUint32(0);
			if (length > MOST_BYTES) throw new Error("a message is too long");
			if (all.length - at - HEAD < length) break;
			const body = new TextDecoder().decode(all.subarray(at + HEAD, at + HEAD + length));
			const isEnd = (all[at]! & FLAG_END) !== 0;
			at += HEAD + length;
			yield { isEnd, body: body === "" ? {} : JSON.parse(body) };
		}
		this.kept = all.slice(at);
	}
}
