// Commissioning by setup code, with the steps and reasons that pairing.py knows; one that was cut off is completed later.
import { causedBy, NodeId, Seconds, UnexpectedDataError } from "@matter/main";
import { ControllerCommissioningFlow, DeviceAttestationError, PeerAddress } from "@matter/main/protocol";
import { ManualPairingCodeCodec, QrPairingCodeCodec } from "@matter/main/types";
import { readdirSync, rmSync, writeFileSync } from "node:fs";
import { ApiError, COMMISSION_FAILED } from "./errors.mjs";

const SEARCH_MS = 9_000;
const OTHERS_MS = 3_000; // a code of eleven digits may fit several devices
const PASE_S = 9;
const FINISH_MS = 120_000;
const AGAIN_MS = 3_000;

const pause = ms => new Promise(done => setTimeout(done, ms));
const words = error => [error?.message ?? String(error), ...(error?.errors ?? []).map(words), ...(error?.cause ? [words(error.cause)] : [])].join(" <- ");

function parsed(code) {
    try {
        const one = code.toUpperCase().startsWith("MT:") ? QrPairingCodeCodec.decode(code)[0] : ManualPairingCodeCodec.decode(code);
        const where = one.discriminator === undefined ? { shortDiscriminator: one.shortDiscriminator } : { longDiscriminator: one.discriminator };
        return { passcode: one.passcode, where };
    } catch (error) {
        throw new ApiError(COMMISSION_FAILED, `invalid_code: ${words(error)}`);
    }
}

export class Commissioner {
    #controller;
    #folder;
    #say;
    #nextNode;
    #turn = Promise.resolve();

    constructor(controller, folder, say, nextNode) {
        this.#controller = controller;
        this.#folder = folder;
        this.#say = say;
        this.#nextNode = nextNode;
    }

    // The new node; one at a time.
    commission(code) {
        const run = this.#turn.then(() => this.#commission(parsed(code)));
        this.#turn = run.catch(() => {});
        return run;
    }

    async #commission({ passcode, where }) {
        const nodeId = this.#nextNode();
        const seen = [];
        const failures = [];
        const mark = this.#markOf(nodeId);
        writeFileSync(mark, "", { mode: 0o600 });
        try {
            for await (const candidate of this.#candidates(where, failures)) {
                this.#say({ step: "Found" });
                if (await this.#join(candidate, passcode, nodeId, seen, failures)) return candidate;
                if (seen.length) break; // the code was right: no other device has it
            }
            throw new ApiError(COMMISSION_FAILED, `${reasonOf(seen, failures)}: ${failures.map(words).join(" | ") || "no device answered"}`);
        } finally {
            rmSync(mark, { force: true });
        }
    }

    // A file for each node that is being commissioned: one that was cut off is completed while others are commissioned.
    #markOf = nodeId => `${this.#folder}/commissioning-${nodeId}`;

    // Whether a device took the code. Its addresses are tried one by one: matter.js waits for all before it tells of a refusal.
    async #join(candidate, passcode, nodeId, seen, failures) {
        const options = { passcode, nodeId: NodeId(nodeId), timeout: Seconds(PASE_S), commissioningFlowImpl: this.#flow(seen) };
        for (const address of [...(candidate.state.commissioning.addresses ?? [])]) {
            try {
                await candidate.set({ commissioning: { addresses: [address] } });
                await this.#controller.peers.runCommissioning(candidate, () => candidate.commission(options));
                return true;
            } catch (error) {
                failures.push(error);
                if (seen.length || isWrongCode(error)) break;
            }
        }
        return false;
    }

    // Devices in pairing mode that the code may belong to, as they are found.
    async *#candidates(where, failures) {
        const waiting = [];
        let wake = () => {};
        const search = this.#controller.peers.discover(where);
        search.discovered.on(node => {
            if (!waiting.includes(node)) waiting.push(node);
            wake();
        });
        const began = Date.now();
        try {
            for (let at = 0; ; ) {
                const rest = failures.length ? OTHERS_MS : SEARCH_MS - (Date.now() - began);
                if (at === waiting.length && rest > 0) await Promise.race([new Promise(found => (wake = found)), pause(rest)]);
                if (at === waiting.length) return;
                yield waiting[at++];
            }
        } finally {
            search.stop();
        }
    }

    #flow(seen) {
        const say = this.#say;
        return class extends ControllerCommissioningFlow {
            constructor(...parts) {
                super(...parts);
                for (const step of this.commissioningSteps) {
                    const logic = step.stepLogic;
                    step.stepLogic = () => {
                        seen.push(step.name);
                        say({ step: step.name });
                        return logic();
                    };
                }
            }
        };
    }

    // Searches for the nodes whose commissioning was cut off after they had joined; `found` gets each.
    async finish(fabricIndex, found) {
        await Promise.all(unfinished(this.#folder).map(nodeId => this.#finish(PeerAddress({ fabricIndex, nodeId: NodeId(nodeId) }), found)));
    }

    async #finish(address, found) {
        const mark = this.#markOf(address.nodeId);
        if (this.#controller.peers.get(address)) return rmSync(mark, { force: true });
        const peer = await this.#controller.peers.forAddress(address);
        if (!(await this.#answered(peer, address.nodeId, found))) return peer.delete();
        rmSync(mark, { force: true });
    }

    async #answered(peer, nodeId, found) {
        for (const end = Date.now() + FINISH_MS; Date.now() < end; await pause(AGAIN_MS)) {
            try {
                await found(peer);
                return true;
            } catch (error) {
                console.error(`node ${nodeId} does not answer yet: ${words(error)}`);
            }
        }
        return false;
    }
}

const isWrongCode = error => causedBy(error, UnexpectedDataError);

function unfinished(folder) {
    return readdirSync(folder).flatMap(name => name.match(/^commissioning-(\d+)$/)?.[1] ?? []).map(Number);
}

function reasonOf(seen, failures) {
    if (failures.some(error => causedBy(error, DeviceAttestationError))) return "not_trusted";
    if (seen.length) return `failed_at_${seen.at(-1)}`;
    if (!failures.length) return "not_found";
    return failures.some(isWrongCode) ? "wrong_code" : "busy";
}
