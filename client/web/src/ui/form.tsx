/**
 * A dialog that sends what was filled in. It stays open until that is done, and says what was wrong with it: nothing that
 * was typed is lost to an error, or to a session that ended meanwhile. A try that is repeated is the same request.
 */
import type { ComponentChildren } from "preact";
import { useRef, useState } from "preact/hooks";
import { RpcError, say } from "~/lib/errors";
import { newKey } from "~/lib/rpc";
import { Button } from "./button";
import { Dialog } from "./dialog";

export interface FormProps {
	title: string;
	go: string;
	cancel: string;
	isWide?: boolean;
	isDangerous?: boolean;
	/** What is missing yet. */
	isIncomplete?: boolean;
	onClose: () => void;
	/** `key` is the request's: of a repeated try the same. */
	onSend: (key: string) => Promise<void>;
	children: ComponentChildren;
}

export function FormDialog({
	title,
	go,
	cancel,
	isWide,
	isDangerous,
	isIncomplete,
	onClose,
	onSend,
	children,
}: FormProps) {
	const [wrong, blame] = useState("");
	const [busy, work] = useState(false);
	const key = useRef(newKey());
	const send = async () => {
		if (busy || isIncomplete) return;
		work(true);
		blame("");
		try {
			await onSend(key.current);
			onClose();
		} catch (error) {
			// Once it was refused, what is sent next is another request; while nobody knows, it is the same.
			if (!(error instanceof RpcError && error.isOpen)) key.current = newKey();
			blame(say(error));
			work(false);
		}
	};
	return (
		<Dialog title={title} isWide={isWide ?? false} onClose={onClose} onSubmit={() => void send()}>
			{children}
			{wrong && (
				<p class="wrong" role="alert">
					{wrong}
				</p>
			)}
			<div class="ends">
				<Button kind="quiet" onClick={onClose}>
					{cancel}
				</Button>
				<Button kind={isDangerous ? "danger" : "main"} submit disabled={busy || isIncomplete === true}>
					{go}
				</Button>
			</div>
		</Dialog>
	);
}
