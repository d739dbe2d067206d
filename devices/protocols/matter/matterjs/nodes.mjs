// The nodes of the fabric as python-matter-server shows them: attributes by path, changes as events.
import { camelize, ChangeNotificationService, Crypto, NetworkClient, Node } from "@matter/main";
import { ClientSubscriptions, PaseClient, Read } from "@matter/main/protocol";
import { ManualPairingCodeCodec, QrPairingCodeCodec, StatusResponseError } from "@matter/main/types";
import { readFileSync, unlinkSync, writeFileSync } from "node:fs";
import { ApiError, NO_NODE, NOT_READY, UNKNOWN } from "./errors.mjs";
import { answerToJson, attributeToJson, fromJson } from "./values.mjs";

const READ_MS = 8_000;
const LEAVE_MS = 10_000;
const STRUCTURE_MS = 300;
const DESCRIPTOR = 29;
const PARTS = 3;
const GENERAL_COMMISSIONING = 48;
const VERIFIER_ROUNDS = 1000;

const limited = (work, ms, text) =>
    Promise.race([work, new Promise((_, late) => setTimeout(() => late(new ApiError(UNKNOWN, `Timeout: ${text}`)), ms).unref())]);

const clustersOf = endpoint => Object.values(endpoint.behaviors.supported).filter(type => type.cluster?.id !== undefined);

function clusterOf(peer, number, id) {
    const endpoint = [...peer.endpoints].find(one => one.number === number);
    const type = endpoint && clustersOf(endpoint).find(one => one.cluster.id === id);
    return type && { endpoint, type };
}

function dump(peer) {
    const attributes = {};
    for (const endpoint of peer.endpoints) {
        for (const type of clustersOf(endpoint)) {
            const state = endpoint.stateOf(type);
            for (const model of type.schema.attributes) {
                const value = state[model.propertyName];
                if (value !== undefined) attributes[`${endpoint.number}/${type.cluster.id}/${model.id}`] = attributeToJson(model, value);
            }
        }
    }
    return attributes;
}

export class Nodes {
    #controller;
    #emit;
    #leavingFile;
    #leaving;
    #known = new Map(); // node id -> peer
    #subscribed = new Set();

    constructor(controller, folder, emit) {
        this.#controller = controller;
        this.#emit = emit;
        this.#leavingFile = `${folder}/leaving.json`;
        this.#leaving = readJson(this.#leavingFile, {});
        controller.env.get(ChangeNotificationService).change.on(change => this.#changed(change));
        for (const peer of controller.peers) if (peer.peerAddress) this.add(peer);
    }

    // Takes a node of the fabric in; one that was just read is there, though its subscription takes a moment more.
    add(peer, justRead = false) {
        const id = Number(peer.peerAddress.nodeId);
        this.#known.set(id, peer);
        peer.eventsOf(NetworkClient).subscriptionStatusChanged.on(active => this.#reached(id, active));
        peer.lifecycle.decommissioned.on(() => this.#forget(id));
        peer.lifecycle.offline.on(() => this.#left(id, peer));
        if (justRead || peer.act(agent => agent.get(NetworkClient).subscriptionActive)) this.#subscribed.add(id);
        return id;
    }

    // A node that said goodbye has dropped its subscription, too, which matter.js would miss only minutes later.
    #left(id, peer) {
        if (this.#known.get(id) === peer) this.#controller.env.get(ClientSubscriptions).closeForPeer(peer.peerAddress);
    }

    // From now on nothing is told any more.
    close() {
        this.#known.clear();
    }

    // Reads a node that joined while its commissioning was cut off, and ends its fail-safe (11.10.7.6), else it would leave again.
    async complete(peer) {
        const reading = async () => {
            for await (const chunk of peer.interaction.read(Read({ attributes: [{}] }))) for await (const _ of chunk);
        };
        await limited(reading(), READ_MS, "it does not answer");
        const type = clustersOf(peer).find(one => one.cluster.id === GENERAL_COMMISSIONING);
        await limited(peer.commandsOf(type).commissioningComplete(), READ_MS, "it does not answer").catch(error => {
            if (statusOf(error) === undefined) throw error; // a status says that there is nothing to complete
        });
        await peer.set({ network: { autoSubscribe: true } });
    }

    all = () => [...this.#known.keys()].filter(id => !(id in this.#leaving)).map(id => this.describe(id));

    describe(id) {
        const peer = this.#peer(id);
        const attributes = dump(peer);
        const { commissionedAt } = peer.state.commissioning;
        const since = commissionedAt === undefined ? null : new Date(commissionedAt).toISOString();
        return {
            node_id: id, date_commissioned: since, last_interview: since, interview_version: 6, available: this.#subscribed.has(id),
            is_bridge: Object.keys(attributes).some(path => path.endsWith("/57/17")), attributes, attribute_subscriptions: [],
        };
    }

    async read(id, path) {
        const [endpointId, clusterId, attributeId] = path.split("/").map(Number);
        const request = { ...Read({ fabricFilter: false, attributes: [{ endpointId, clusterId, attributeId }] }), includeKnownVersions: true };
        const found = {};
        const peer = this.#peer(id);
        const reading = async () => {
            for await (const chunk of peer.interaction.read(request)) {
                for await (const report of chunk) {
                    if (report.kind !== "attr-value") continue; // the node has no such attribute
                    const { endpointId: end, clusterId: cluster, attributeId: attribute } = report.path;
                    const type = clusterOf(peer, end, cluster)?.type;
                    const model = type && [...type.schema.attributes].find(one => one.id === attribute);
                    if (model) found[`${end}/${cluster}/${attribute}`] = attributeToJson(model, report.value);
                }
            }
        };
        await limited(reading(), READ_MS, `node ${id} does not answer`);
        return found;
    }

    async write(id, path, value) {
        const [end, cluster, attribute] = path.split("/").map(Number);
        const { endpoint, type } = this.#cluster(id, end, cluster);
        const model = [...type.schema.attributes].find(one => one.id === attribute);
        if (!model) throw new ApiError(UNKNOWN, `UnsupportedAttribute ${path}`);
        let status = 0;
        try {
            await limited(endpoint.setStateOf(type, { [model.propertyName]: fromJson(model, value) }), READ_MS, `node ${id} does not answer`);
        } catch (error) {
            status = statusOf(error);
            if (status === undefined) throw error;
        }
        return [{ Path: { EndpointId: end, ClusterId: cluster, AttributeId: attribute }, Status: status }];
    }

    async command(id, end, clusterId, name, payload) {
        const { endpoint, type } = this.#cluster(id, end, clusterId);
        const model = [...type.schema.commands].find(one => one.name === name);
        if (!model) throw new ApiError(UNKNOWN, `UnsupportedCommand ${name}`);
        const fields = fromJson(model, payload ?? {});
        const run = endpoint.commandsOf(type)[camelize(name)];
        return answerToJson(await limited(run(Object.keys(fields).length ? fields : undefined), READ_MS, `node ${id} does not answer`));
    }

    // Opens the node's window for another controller (Matter core specification 11.19.8.1).
    async openWindow(id, seconds) {
        const crypto = this.#controller.env.get(Crypto);
        const passcode = PaseClient.generateRandomPasscode(crypto);
        const discriminator = crypto.randomUint16 & 0xfff;
        const salt = crypto.randomBytes(32);
        const pakePasscodeVerifier = await PaseClient.generatePakePasscodeVerifier(crypto, passcode, { iterations: VERIFIER_ROUNDS, salt });
        const { attributes } = this.describe(id);
        await this.command(id, 0, 60, "OpenCommissioningWindow", {
            commissioningTimeout: seconds, pakePasscodeVerifier, discriminator, iterations: VERIFIER_ROUNDS, salt,
        });
        return {
            setup_pin_code: passcode,
            setup_manual_code: ManualPairingCodeCodec.encode({ discriminator, passcode }),
            setup_qr_code: QrPairingCodeCodec.encode([{
                version: 0, vendorId: attributes["0/40/2"] ?? 0, productId: attributes["0/40/4"] ?? 0, flowType: 0, discriminator, passcode,
                discoveryCapabilities: { onIpNetwork: true },
            }]),
        };
    }

    // Takes a node out of the fabric; one that is away is told when it is back.
    async remove(id) {
        const peer = this.#peer(id);
        this.#keepLeaving({ ...this.#leaving, [id]: Date.now() / 1000 });
        this.#emit("node_removed", id);
        if (this.#subscribed.has(id)) await this.#dismiss(id, peer);
    }

    async #dismiss(id, peer) {
        try {
            await limited(peer.decommission(), LEAVE_MS, `node ${id} does not leave`);
            this.#forget(id);
        } catch (error) {
            console.error(`node ${id} was not told to leave: ${error.message}`);
        }
    }

    #forget(id) {
        if (!this.#known.delete(id)) return;
        this.#subscribed.delete(id);
        const { [id]: was, ...others } = this.#leaving;
        this.#keepLeaving(others);
        if (was === undefined) this.#emit("node_removed", id);
    }

    #keepLeaving(leaving) {
        this.#leaving = leaving;
        if (Object.keys(leaving).length) writeFileSync(this.#leavingFile, JSON.stringify(leaving), { mode: 0o600 });
        else try { unlinkSync(this.#leavingFile); } catch {}
    }

    #reached(id, active) {
        if (!this.#known.has(id)) return;
        if (active) this.#subscribed.add(id);
        else this.#subscribed.delete(id);
        if (!(id in this.#leaving)) this.#emit("node_updated", this.describe(id));
        else if (active) void this.#dismiss(id, this.#known.get(id));
    }

    #changed({ kind, endpoint, behavior, properties, event, number, timestamp, priority, payload }) {
        const peer = Node.forEndpoint(endpoint);
        const id = Number(peer.peerAddress?.nodeId ?? 0);
        if (this.#known.get(id) !== peer || id in this.#leaving) return;
        const cluster = behavior?.cluster?.id;
        if (kind === "delete" && endpoint !== peer) this.#restructured(id);
        else if (kind === "event" && this.#subscribed.has(id)) {
            this.#emit("node_event", {
                node_id: id, endpoint_id: endpoint.number, cluster_id: cluster, event_id: event.id, event_number: number, priority,
                timestamp, timestamp_type: 1, data: answerToJson(payload ?? null),
            });
        } else if (kind === "update" && cluster !== undefined) this.#updated(id, endpoint, behavior, properties);
    }

    #updated(id, endpoint, behavior, properties) {
        const state = endpoint.stateOf(behavior);
        for (const model of behavior.schema.attributes) {
            if (properties && !properties.includes(model.propertyName) && !properties.includes(String(model.id))) continue;
            this.#emit("attribute_updated", [id, `${endpoint.number}/${behavior.cluster.id}/${model.id}`, attributeToJson(model, state[model.propertyName])]);
            if (behavior.cluster.id === DESCRIPTOR && model.id === PARTS) this.#restructured(id);
        }
    }

    #restructured(id) {
        setTimeout(() => this.#known.has(id) && this.#emit("node_updated", this.describe(id)), STRUCTURE_MS).unref();
    }

    #peer(id) {
        const peer = this.#known.get(id);
        if (!peer || id in this.#leaving) throw new ApiError(NO_NODE, `there is no node ${id}`);
        return peer;
    }

    #cluster(id, number, clusterId) {
        const peer = this.#peer(id);
        if (!this.#subscribed.has(id)) throw new ApiError(NOT_READY, `node ${id} is not there`);
        const found = clusterOf(peer, number, clusterId);
        if (!found) throw new ApiError(UNKNOWN, `UnsupportedCluster ${number}/${clusterId}`);
        return found;
    }
}

export function readJson(file, otherwise) {
    try {
        return JSON.parse(readFileSync(file, "utf8"));
    } catch {
        return otherwise;
    }
}

// The interaction model's status in an error, or undefined where the device did not answer.
function statusOf(error) {
    for (let one = error; one; one = one.cause ?? one.errors?.[0]) if (one instanceof StatusResponseError) return one.code;
    return undefined;
}
