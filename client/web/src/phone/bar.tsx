/** What stands between this page and the broker: no network, how old what is shown is, and what waits to be sent. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { Line } from "~/lib/stream";
import { clock } from "~/lib/time";
import { jobs } from "./outbox";
import { text } from "./words";

/** A line that comes back at once is nobody's business. */
const PATIENCE_MS = 2_500;

export function Bar({ line, readAtMs }: { line: Line["state"] | undefined; readAtMs: number }) {
	const isLong = useSignal(false);
	useEffect(() => {
		isLong.value = false;
		if (line === "live") return;
		const timer = setTimeout(() => (isLong.value = true), PATIENCE_MS);
		return () => clearTimeout(timer);
	}, [line]);
	const waiting = jobs.value.filter((job) => job.refused === undefined).length;
	const isLost = line !== "live" && isLong.value;
	return (
		<div class="bar" role="status">
			{isLost && <p>{readAtMs === 0 ? text().offline : text().offlineSince(clock(readAtMs))}</p>}
			{isLost && waiting > 0 && <p>{text().waiting(waiting)}</p>}
		</div>
	);
}
