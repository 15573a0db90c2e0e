/** Ids that tie labels to what they are for. Preact's own begin anew when a page's root is drawn again, and meet twice. */
import { useState } from "preact/hooks";

let last = 0;

export function useId(): string {
	const [id] = useState(() => `i${++last}`);
	return id;
}
