/** A list of any length: only the rows that can be seen are in the page. All rows are equally high. */
import type { ComponentChildren, RefObject } from "preact";
import { useLayoutEffect, useState } from "preact/hooks";

const SPARE_ROWS = 8;

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
	const start = Math.min(first, Math.max(0, count - seen));
	const rows = [];
	for (let i = start; i < Math.min(count, start + seen); i++) rows.push(row(i));
	return (
		<div class="virtual" role="presentation" style={{ height: `${count * rowHeight}px` }}>
			<div class="virtual-rows" role="presentation" style={{ transform: `translateY(${start * rowHeight}px)` }}>
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
