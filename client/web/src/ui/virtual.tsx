/**
 * A list of any length: only the rows that can be seen are in the page. All rows are equally high. Paper has no rows
 * to scroll to: for it the first MOST_PRINTED are drawn, as high as they come.
 */
import { signal } from "@preact/signals";
import { type ComponentChildren, options, type RefObject } from "preact";
import { useLayoutEffect, useState } from "preact/hooks";

const SPARE_ROWS = 8;
/** Some forty sheets, and half a second to draw. */
export const MOST_PRINTED = 1000;

const isPrinting = signal(false);

/** Before the event is over, for then the browser takes what is there. */
function print(is: boolean): void {
	const usual = options.debounceRendering;
	options.debounceRendering = (draw) => draw();
	isPrinting.value = is;
	if (usual) options.debounceRendering = usual;
	else delete options.debounceRendering;
}

addEventListener("beforeprint", () => print(true));
addEventListener("afterprint", () => print(false));

export interface VirtualProps {
	count: number;
	rowHeight: number;
	/** The element that scrolls. */
	frame: RefObject<HTMLElement>;
	row: (index: number) => ComponentChildren;
}

export function Virtual({ count, rowHeight, frame, row }: VirtualProps) {
	const [{ first, seen }, look] = useState({ first: 0, seen: 30 });
	useLayoutEffect(() => {
		const element = frame.current;
		if (!element) return;
		const measure = () => {
			if (isPrinting.peek()) return;
			const next = {
				first: Math.max(0, Math.floor(element.scrollTop / rowHeight) - SPARE_ROWS),
				seen: Math.ceil(element.clientHeight / rowHeight) + 2 * SPARE_ROWS,
			};
			look((old) => (Math.abs(old.first - next.first) < SPARE_ROWS / 2 && old.seen === next.seen ? old : next));
		};
		measure();
		element.addEventListener("scroll", measure, { passive: true });
		const watcher = new ResizeObserver(measure);
		watcher.observe(element);
		return () => {
			element.removeEventListener("scroll", measure);
			watcher.disconnect();
		};
	}, [rowHeight]);
	const onPaper = isPrinting.value;
	const start = onPaper ? 0 : Math.min(first, Math.max(0, count - seen));
	const end = Math.min(count, onPaper ? MOST_PRINTED : start + seen);
	const rows = [];
	for (let i = start; i < end; i++) rows.push(row(i));
	return (
		<div class="virtual" role="presentation" style={onPaper ? {} : { height: `${count * rowHeight}px` }}>
			<div
				class="virtual-rows"
				role="presentation"
				style={onPaper ? {} : { transform: `translateY(${start * rowHeight}px)` }}
			>
				{rows}
			</div>
		</div>
	);
}

/** Scrolls just far enough to have the row in view. */
export function showRow(frame: HTMLElement | null, index: number, rowHeight: number, headHeight = 0): void {
	if (!frame || index < 0) return;
	const top = index * rowHeight;
	if (top < frame.scrollTop) frame.scrollTop = top;
	else if (top + rowHeight + headHeight > frame.scrollTop + frame.clientHeight)
		frame.scrollTop = top + rowHeight + headHeight - frame.clientHeight;
}
