import { toast, toastError } from "~/ui/toast";

/** Does it, says that it is done or what went wrong. */
export async function attempt(work: () => Promise<unknown>, done?: string): Promise<boolean> {
	try {
		await work();
		if (done !== undefined) toast(done);
		return true;
	} catch (error) {
		toastError(error);
		return false;
	}
}
