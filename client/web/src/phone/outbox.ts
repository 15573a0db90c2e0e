/**
 * What this phone has to tell the broker, each thing exactly once. A job is on disk before it is tried, keeps its
 * request id over all tries, and leaves when the broker has said yes, or was refused and somebody has read why. Jobs go
 * out in their order, by one tab at a time; one that waits for a network lets all others wait.
 */
import { signal } from "@preact/signals";
import { RpcError, say } from "~/lib/errors";
import { call, type Request } from "~/lib/rpc";
import type { AttachmentJson } from "~api";
import { upload } from "~/lib/attach";
import { ask } from "./keep";
import { inTurn } from "./turns";

export type JobMethod = "TaskService/StartTask" | "TaskService/CompleteTask" | "OrderService/PlaceOrder";

export interface JobFile {
	blob: Blob;
	ref?: AttachmentJson;
}

export interface Job {
	seq: number;
	/** Whose session may send it. */
	owner: string;
	method: JobMethod;
	request: Request<JobMethod> & { requestId: string; deviceMs: string };
	/** Go up before the request, which names them in this field. */
	files: JobFile[];
	into: "photos" | "attachments";
	/** Why the broker won't have it. */
	refused?: string;
}

const FIRST_WAIT_MS = 2_000;
const LONGEST_WAIT_MS = 60_000;

/** In their order; those of the owner alone. */
export const jobs = signal<Job[]>([]);

let owner = "";
let waitMs = FIRST_WAIT_MS;
let timer: ReturnType<typeof setTimeout> | undefined;
let onSent: (job: Job, reply: unknown) => void = () => {};

/** Other tabs show the same jobs. */
const tabs = "BroadcastChannel" in globalThis ? new BroadcastChannel("paidan.outbox") : undefined;

async function look() {
	const all = await ask<Job[]>("outbox", "readonly", (in_) => in_.getAll());
	jobs.value = all.filter((job) => job.owner === owner);
}

async function refresh() {
	await look();
	tabs?.postMessage("");
}

const save = (job: Job) => ask("outbox", "readwrite", (in_) => in_.put(job));

export async function dropJob(seq: number) {
	await ask("outbox", "readwrite", (in_) => in_.delete(seq));
	await refresh();
}

const LASTING = new Set([
	"invalid_argument",
	"not_found",
	"already_exists",
	"permission_denied",
	"failed_precondition",
]);

/** Anything else may go better later. */
function isRefusal(error: unknown): boolean {
	return error instanceof RpcError && (LASTING.has(error.code) || error.code === "out_of_range");
}

async function send(job: Job): Promise<unknown> {
	for (const file of job.files) {
		if (file.ref !== undefined) continue;
		file.ref = await upload(file.blob);
		await save(job);
	}
	const refs = job.files.map((file) => file.ref);
	const request = refs.length > 0 ? { ...job.request, [job.into]: refs } : job.request;
	return call(job.method, request, { key: job.request.requestId });
}

/** A file that lay for a day without its order is gone: it goes up again, once. */
async function sendAgain(job: Job, error: unknown): Promise<unknown> {
	const lost = error instanceof RpcError && error.field.startsWith(job.into) && job.files.length > 0;
	if (!lost) throw error;
	for (const file of job.files) delete file.ref;
	return send(job);
}

/** False: no use to go on now. */
async function tryOne(job: Job): Promise<boolean> {
	try {
		const reply = await send(job).catch((error) => sendAgain(job, error));
		await dropJob(job.seq);
		onSent(job, reply);
		return true;
	} catch (error) {
		if (!isRefusal(error)) return false;
		await save({ ...job, refused: say(error) });
		await refresh();
		return true;
	}
}

async function sendAll() {
	await look();
	for (;;) {
		const next = jobs.value.find((job) => job.refused === undefined);
		if (next === undefined) {
			waitMs = FIRST_WAIT_MS;
			return;
		}
		if (!(await tryOne(next))) break;
	}
	clearTimeout(timer);
	timer = setTimeout(flush, waitMs);
	waitMs = Math.min(2 * waitMs, LONGEST_WAIT_MS);
}

let running: Promise<void> | undefined;
let isAskedAgain = false;

async function run() {
	do {
		isAskedAgain = false;
		await inTurn(`outbox:${owner}`, sendAll);
	} while (isAskedAgain);
	running = undefined;
}

/** Sends what waits. Comes back when nothing does, or nothing goes. */
export function flush(): Promise<void> {
	if (owner === "") return Promise.resolve();
	if (running === undefined) running = run();
	else isAskedAgain = true;
	return running;
}

/** Takes it on: from here it will be sent, or shown as refused. */
export async function post(job: Omit<Job, "seq" | "owner">): Promise<void> {
	await ask("outbox", "readwrite", (in_) => in_.add({ ...job, owner }));
	await refresh();
	void flush();
}

/** For whom this page sends; `sent` hears of what has arrived. */
export async function openOutbox(whose: string, sent: (job: Job, reply: unknown) => void) {
	owner = whose;
	onSent = sent;
	await look();
	tabs?.addEventListener("message", () => void look());
	addEventListener("online", () => {
		waitMs = FIRST_WAIT_MS;
		void flush();
	});
	void flush();
}
