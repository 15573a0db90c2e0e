/**
 * What outlives the page: a small IndexedDB. `keep` has what was last read, so that a page without a network shows it;
 * `outbox` has what is still to be sent (outbox.ts), `draft` what is being filled in (draft.ts). All of it is the browser's
 * profile's alone.
 */
type Store = "keep" | "outbox" | "draft";

let opened: Promise<IDBDatabase> | undefined;

function settle<T>(request: IDBRequest<T>): Promise<T> {
	return new Promise((done, failed) => {
		request.onsuccess = () => done(request.result);
		request.onerror = () => failed(request.error);
	});
}

function open(): Promise<IDBDatabase> {
	opened ??= new Promise((done, failed) => {
		const request = indexedDB.open("paidan", 2);
		request.onupgradeneeded = ({ oldVersion }) => {
			if (oldVersion < 1) {
				request.result.createObjectStore("keep");
				request.result.createObjectStore("outbox", { keyPath: "seq", autoIncrement: true });
			}
			request.result.createObjectStore("draft");
		};
		request.onsuccess = () => {
			// A newer page in another tab wants to change it: it must not wait for this one.
			request.result.onversionchange = () => {
				request.result.close();
				opened = undefined;
			};
			done(request.result);
		};
		request.onerror = () => failed(request.error);
	});
	return opened;
}

/** One request in a transaction of its own; it is on disk when the promise is kept. */
export async function ask<T>(
	store: Store,
	mode: IDBTransactionMode,
	make: (in_: IDBObjectStore) => IDBRequest<T>,
): Promise<T> {
	const database = await open();
	const transaction = database.transaction(store, mode, { durability: "strict" });
	const ended = new Promise<void>((done, failed) => {
		transaction.oncomplete = () => done();
		transaction.onabort = () => failed(transaction.error);
	});
	const [value] = await Promise.all([settle(make(transaction.objectStore(store))), ended]);
	return value;
}

/** Reads a kept value and writes what it becomes (undefined: nothing), with nobody in between. */
export async function change<T, R>(key: string, make: (value: T | undefined) => [becomes: T | undefined, answer: R]) {
	const database = await open();
	return new Promise<R>((done, failed) => {
		const transaction = database.transaction("keep", "readwrite", { durability: "strict" });
		const store = transaction.objectStore("keep");
		const reading = store.get(key);
		let answer: R;
		reading.onsuccess = () => {
			const [becomes, said] = make(reading.result);
			answer = said;
			if (becomes === undefined) store.delete(key);
			else store.put(becomes, key);
		};
		transaction.oncomplete = () => done(answer);
		transaction.onabort = () => failed(transaction.error);
	});
}

/** Keeping is for a time without network: where the browser has no room, the page works all the same. */
export const keep = {
	get: <T>(key: string): Promise<T | undefined> =>
		ask<T | undefined>("keep", "readonly", (in_) => in_.get(key)).catch(() => undefined),
	put: (key: string, value: unknown): Promise<void> =>
		ask("keep", "readwrite", (in_) => in_.put(value, key)).then(
			() => undefined,
			() => undefined,
		),
	clear: (): Promise<void> =>
		ask("keep", "readwrite", (in_) => in_.clear()).then(
			() => undefined,
			() => undefined,
		),
};
