/** What a browser remembers for this device: small settings and drafts. A browser that keeps nothing is no error. */
const PREFIX = "paidan.";

export function recall(name: string): string {
	try {
		return localStorage.getItem(PREFIX + name) ?? "";
	} catch {
		return "";
	}
}

/** An empty text forgets it. */
export function remember(name: string, value: string): void {
	try {
		if (value === "") localStorage.removeItem(PREFIX + name);
		else localStorage.setItem(PREFIX + name, value);
	} catch {
		// Private windows may refuse; the page works on without.
	}
}
