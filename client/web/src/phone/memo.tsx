/** A voice memo: tap, speak, tap. In whatever the browser records that the broker takes; at most a minute. */
import { type Signal, useSignal } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { words } from "~/lib/i18n";
import { Button } from "~/ui/button";
import { toast } from "~/ui/toast";
import { Icon } from "./icons";

const text = words(
	{
		speak: "按一下，说话",
		stop: (s: number) => `正在录音 ${s} 秒，按一下结束`,
		remove: "删除录音",
		memo: "录音",
		bad: "不能使用话筒",
	},
	{
		speak: "Tap and speak",
		stop: (s: number) => `Recording, ${s} s. Tap to stop`,
		remove: "Remove the recording",
		memo: "Recording",
		bad: "The microphone can't be used",
	},
);

const TYPES = ["audio/mp4", "audio/ogg;codecs=opus"];
const MOST_S = 60;
const BITS_PER_S = 32_000;

/** Whether this browser can. */
export const recordsMemos = () =>
	"MediaRecorder" in globalThis && TYPES.some((type) => MediaRecorder.isTypeSupported(type));

async function begin(done: (blob: Blob) => void): Promise<MediaRecorder> {
	const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
	const mimeType = TYPES.find((type) => MediaRecorder.isTypeSupported(type)) ?? "";
	const recorder = new MediaRecorder(stream, { mimeType, audioBitsPerSecond: BITS_PER_S });
	const parts: Blob[] = [];
	recorder.ondataavailable = (event) => parts.push(event.data);
	recorder.onstop = () => {
		for (const track of stream.getTracks()) track.stop();
		done(new Blob(parts, { type: mimeType.split(";")[0] ?? "" }));
	};
	recorder.start();
	return recorder;
}

function Recorded({ blob, onRemove }: { blob: Blob; onRemove: () => void }) {
	const url = useMemo(() => URL.createObjectURL(blob), [blob]);
	useEffect(() => () => URL.revokeObjectURL(url), [url]);
	return (
		<div class="memo">
			{/* biome-ignore lint/a11y/useMediaCaption: they said it themselves. */}
			<audio controls src={url} aria-label={text().memo} />
			<Button onClick={onRemove}>{text().remove}</Button>
		</div>
	);
}

export function Memo({ memo }: { memo: Signal<Blob | undefined> }) {
	const recorder = useRef<MediaRecorder | undefined>(undefined);
	const seconds = useSignal(0);
	const isOn = useSignal(false);
	const stop = () => {
		if (recorder.current?.state === "recording") recorder.current.stop();
		isOn.value = false;
	};
	useEffect(() => stop, []);
	useEffect(() => {
		if (!isOn.value) return;
		const timer = setInterval(() => {
			if (++seconds.value >= MOST_S) stop();
		}, 1000);
		return () => clearInterval(timer);
	}, [isOn.value]);
	const record = async () => {
		try {
			recorder.current = await begin((blob) => (memo.value = blob));
			seconds.value = 0;
			isOn.value = true;
		} catch {
			toast(text().bad);
		}
	};
	if (memo.value !== undefined) return <Recorded blob={memo.value} onRemove={() => (memo.value = undefined)} />;
	if (!recordsMemos()) return null;
	return (
		<Button {...(isOn.value ? { kind: "danger" as const } : {})} onClick={isOn.value ? stop : record}>
			<Icon name="mike" /> {isOn.value ? text().stop(seconds.value) : text().speak}
		</Button>
	);
}
