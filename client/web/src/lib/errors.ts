/** What went wrong with a call, in both languages, whether the broker said it or it never got there. */
import { language } from "./i18n";

interface Info {
	reason?: string;
	field?: string;
	messageZh?: string;
	messageEn?: string;
	requestId?: string;
}

interface Wire {
	code?: string;
	message?: string;
	details?: { type?: string; debug?: Info }[];
}

export class RpcError extends Error {
	override name = "RpcError";

	constructor(
		/** Connect's code: "unavailable", "not_found" … */
		readonly code: string,
		/** The broker's stable reason, "ORDER_STATE"; "" when it was not the broker who answered. */
		readonly reason: string,
		readonly zh: string,
		readonly en: string,
		readonly field = "",
		readonly requestId = "",
	) {
		super(`${code} ${reason} ${en}`);
	}

	/** Whether nobody knows what became of the call: to be asked again with the same key. */
	get isOpen(): boolean {
		return this.code === "unavailable" || this.code === "deadline_exceeded" || this.code === "aborted";
	}

	get isSignedOut(): boolean {
		return (
			this.code === "unauthenticated" && this.reason !== "SIGN_IN_FAILED" && this.reason !== "SECOND_FACTOR_NEEDED"
		);
	}

	get text(): string {
		return language.value === "zh" ? this.zh : this.en;
	}
}

export function errorOf(body: unknown, status: number): RpcError {
	const wire = (typeof body === "object" && body !== null ? body : {}) as Wire;
	const info = (wire.details ?? []).find((one) => one.debug?.reason)?.debug ?? {};
	const code = wire.code ?? codeOf(status);
	const fallback = wire.message || `HTTP ${status}`;
	return new RpcError(
		code,
		info.reason ?? "",
		info.messageZh || fallback,
		info.messageEn || fallback,
		info.field,
		info.requestId,
	);
}

function codeOf(status: number): string {
	if (status === 401) return "unauthenticated";
	if (status === 403) return "permission_denied";
	if (status === 404) return "unimplemented";
	return status === 429 || status >= 500 ? "unavailable" : "internal";
}

export function unreachable(): RpcError {
	return new RpcError("unavailable", "", "连不上服务器，请检查网络", "the server can't be reached");
}

export function timedOut(): RpcError {
	return new RpcError("deadline_exceeded", "", "服务器没有及时答复", "the server took too long");
}

/** Of whatever was thrown, in the reader's language. */
export function say(error: unknown): string {
	if (error instanceof RpcError) return error.text;
	return error instanceof Error ? error.message : String(error);
}

/** What a reply says. Rejects with the error that it is; one that breaks off is no answer, whatever its head said. */
export async function answerOf(said: Response): Promise<unknown> {
	const body: unknown = await said.json().catch(() => undefined);
	if (!said.ok) throw errorOf(body, said.status);
	if (body === undefined) throw unreachable();
	return body;
}
