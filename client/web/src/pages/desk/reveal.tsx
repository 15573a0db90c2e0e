import { useRef, useState } from "preact/hooks";
import { call } from "~/lib/rpc";
import { Button } from "~/ui/button";
import { Dialog } from "~/ui/dialog";
import { toastError } from "~/ui/toast";
import { revealed } from "./detail";
import { current, panel } from "./state";
import { text } from "./words";

/** Who and where in full: noted, with what it was for, where the person can read it. */
export function Reveal() {
	const id = useRef(current.value).current;
	const [purpose, choose] = useState<string>(text().revealReasons[0]!);
	const close = () => (panel.value = "");
	const go = async () => {
		try {
			const said = await call("PrivacyService/RevealContact", { orderId: id, purpose });
			revealed.value = { orderId: id, contact: said.contact ?? {} };
			close();
		} catch (error) {
			toastError(error);
		}
	};
	return (
		<Dialog title={text().reveal} onClose={close} onSubmit={() => void go()}>
			<label class="field">
				<span>{text().revealWhy}</span>
				<input
					data-first
					list="reveal-reasons"
					maxLength={200}
					value={purpose}
					onInput={(event) => choose(event.currentTarget.value)}
				/>
			</label>
			<datalist id="reveal-reasons">
				{Object.values(text().revealReasons).map((one) => (
					<option key={one} value={one} />
				))}
			</datalist>
			<div class="ends">
				<Button kind="quiet" hint="Esc" onClick={close}>
					{text().cancel}
				</Button>
				<Button kind="main" hint="Enter" submit disabled={purpose.trim() === ""}>
					{text().reveal}
				</Button>
			</div>
		</Dialog>
	);
}
