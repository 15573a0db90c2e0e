/**
 * One tab at a time. Browsers without locks (Safari before 15.4, pages over plain HTTP) take turns by a lease that is
 * kept where all tabs see it: whoever finds it free or over has it, renews it while at work, and gives it back. A tab that
 * dies with it is waited for, for as long as the lease lasts.
 */
import { newKey, pause } from "~/lib/rpc";
import { change } from "./keep";

interface Lease {
	holder: string;
	untilMs: number;
}

const LEASE_MS = 10_000;
const RENEW_MS = 3_000;
const LOOK_AGAIN_MS = 250;

const self = newKey();

/** Whether it is ours now, for another while. */
const hold = (name: string): Promise<boolean> =>
	change<Lease | undefined, boolean>(`lease.${name}`, (lease) => {
		const isTaken = lease !== undefined && lease.holder !== self && lease.untilMs > Date.now();
		return isTaken ? [lease, false] : [{ holder: self, untilMs: Date.now() + LEASE_MS }, true];
	});

const giveBack = (name: string) =>
	change<Lease | undefined, void>(`lease.${name}`, (lease) => [lease?.holder === self ? undefined : lease, undefined]);

async function byLease(name: string, work: () => Promise<void>) {
	while (!(await hold(name))) await pause(LOOK_AGAIN_MS);
	const timer = setInterval(() => void hold(name), RENEW_MS);
	try {
		await work();
	} finally {
		clearInterval(timer);
		await giveBack(name);
	}
}

export async function inTurn(name: string, work: () => Promise<void>): Promise<void> {
	await (navigator.locks ? navigator.locks.request(name, work) : byLease(name, work));
}
