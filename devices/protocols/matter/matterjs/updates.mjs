// Newer software for nodes: found in the ledger of certified products or loaded from a file, and given to those nodes for which
// it was asked (Matter core specification 11.20). Nothing is looked for, fetched or offered by itself.
import { SoftwareUpdateManager } from "@matter/main";
import { OtaProviderEndpoint } from "@matter/main/endpoints/ota-provider";
import { DclClient, DclOtaUpdateService, MatterDclResponseError, OtaImageReader, PeerAddress } from "@matter/main/protocol";
import { constants, openAsBlob } from "node:fs";
import { access } from "node:fs/promises";
import { ApiError, NO_NODE, UNKNOWN } from "./errors.mjs";

const NOT_FOUND = 5; // DclErrorCodes
const PROGRESS_MS = 500;
const BASIC_INFORMATION = "0/40";

class OnDemand extends SoftwareUpdateManager {
    async checkForUpdates() {} // the base class looks every day

    // The base class offers what is stored unasked to nodes that can ask their users.
    updateExistsFor(peer, request) {
        return super.updateExistsFor(peer, { ...request, requestorCanConsent: false });
    }
}

const Provider = OtaProviderEndpoint.with(OnDemand);

export class Updates {
    #controller;
    #nodes;
    #ledger;
    #provider;
    #asked = new Map(); // node id -> version

    // `ledger` is undefined where the internet may not be used; `emit` tells how transfers go on.
    static async create(controller, nodes, ledger, emit) {
        const updates = new Updates();
        updates.#controller = controller;
        updates.#nodes = nodes;
        updates.#ledger = ledger;
        // images of files count as test images
        updates.#provider = await controller.add(Provider, { id: "updates", softwareupdates: { allowTestOtaImages: true } });
        const { updateDone, updateFailed } = updates.#provider.eventsOf(OnDemand);
        updateDone.on(peer => {
            updates.#asked.delete(Number(peer.nodeId));
            updates.#tidy();
        });
        updateFailed.on(peer => updates.#asked.delete(Number(peer.nodeId)));
        updates.#tidy();
        setInterval(() => updates.#asked.size && updates.#tell(emit), PROGRESS_MS).unref();
        return updates;
    }

    // Nodes need not report how much they have loaded (11.20.7.5.4 allows null).
    async #tell(emit) {
        const queued = await this.#provider.act(agent => agent.get(OnDemand).queuedUpdates);
        for (const { peerAddress, bdxTransferredBytes: done, bdxDataLength: all } of queued)
            if (done !== undefined && all) emit("update_progress", { node_id: Number(peerAddress.nodeId), percent: Math.floor((100 * done) / all) });
    }

    get #service() {
        return this.#controller.env.get(DclOtaUpdateService);
    }

    #product(id) {
        const { attributes } = this.#nodes.describe(id);
        const [vendorId, productId, currentSoftwareVersion] = [2, 4, 9].map(one => attributes[`${BASIC_INFORMATION}/${one}`]);
        return { vendorId, productId, currentSoftwareVersion };
    }

    // The newest software that the node can take, or null: of the files, and of the ledger where the internet may be used.
    async check(id) {
        const product = this.#product(id);
        await this.#service.construction;
        if (this.#ledger && !(await this.#isListed(product))) return this.#shown(this.#newest(await this.#files(product)));
        const found = this.#ledger
            ? await this.#service.checkForUpdate({ ...product, includeStoredUpdates: true, isProduction: true })
            : this.#newest(await this.#files(product));
        return this.#shown(found);
    }

    #files = ({ vendorId, productId, currentSoftwareVersion: currentVersion }) =>
        this.#service.find({ vendorId, productId, currentVersion }).then(found => found.filter(one => one.softwareVersion > currentVersion));

    #newest = files => files.sort((a, b) => b.softwareVersion - a.softwareVersion)[0];

    // Whether the ledger knows the product; matter.js alone takes a ledger that does not answer for one without news.
    async #isListed({ vendorId, productId }) {
        try {
            await new DclClient(this.#ledger).fetchModelVersionsByVidPid(vendorId, productId);
            return true;
        } catch (error) {
            if (error instanceof MatterDclResponseError && error.response.code === NOT_FOUND) return false;
            throw new ApiError(UNKNOWN, `the ledger does not answer: ${error.message}`);
        }
    }

    #shown = found =>
        found
            ? {
                  vid: found.vid ?? found.vendorId, pid: found.pid ?? found.productId,
                  software_version: found.softwareVersion, software_version_string: found.softwareVersionString,
                  release_notes_url: found.releaseNotesUrl ?? null, update_source: found.source === "dcl-prod" ? "main-net-dcl" : "local",
              }
            : null;

    // Takes an image for a node from a file of this machine. The first word of a refusal is one that software_images.py knows.
    async load(id, path) {
        const product = this.#product(id);
        await access(path, constants.R_OK).catch(error => refuse("unreadable", error.message));
        const blob = await openAsBlob(path);
        const header = await OtaImageReader.header(blob.stream().getReader()).catch(error => refuse("no_image", error.message));
        if (header.vendorId !== product.vendorId || header.productId !== product.productId)
            refuse("other_product", `${hex(header.vendorId)}/${hex(header.productId)}`);
        const { currentSoftwareVersion: now } = product;
        if (header.softwareVersion <= now) refuse("not_newer", header.softwareVersionString);
        const { minApplicableSoftwareVersion: least = 0, maxApplicableSoftwareVersion: most = now } = header;
        if (now < least || now > most) refuse("not_applicable", `${least} - ${most}`);
        await this.#service.construction;
        const found = await this.#service.updateInfoFromStream(blob.stream(), "file:");
        await this.#service.store(blob.stream(), found, "local").catch(error => refuse("damaged", error.message));
        await this.#tidy();
        return { ...this.#shown(found), release_notes_url: header.releaseNotesUrl ?? null };
    }

    // Offers a version to a node; it is fetched first where it is no file. How it goes on is told by the node's attributes.
    async install(id, version) {
        const { vendorId, productId, ...product } = this.#product(id);
        const peer = this.#address(id);
        await this.#service.construction;
        const stored = await this.#service.find({ vendorId, productId });
        if (!stored.some(one => one.softwareVersion === version)) await this.#fetch({ vendorId, productId, ...product }, version);
        this.#asked.set(id, version);
        await this.#provider.act(agent => agent.get(OnDemand).forceUpdate(peer, vendorId, productId, version));
    }

    async #fetch(product, version) {
        const found = this.#ledger && (await this.#service.checkForUpdate({ ...product, isProduction: true, targetSoftwareVersion: version }));
        if (!found) refuse("gone", `there is no version ${version}`);
        await this.#service.downloadUpdate(found);
    }

    // Withdraws an offer; a transfer under way is broken off.
    async cancel(id) {
        this.#asked.delete(id);
        await this.#provider.act(agent => agent.get(OnDemand).removeConsent(this.#address(id)));
        await this.#tidy();
    }

    // Takes a node out by `remove`, and what only it could use.
    async leave(id, remove) {
        if (this.#asked.has(id)) await this.cancel(id).catch(error => console.error(error));
        await remove();
        await this.#tidy();
    }

    #address(id) {
        for (const peer of this.#controller.peers) if (Number(peer.peerAddress?.nodeId) === id) return PeerAddress(peer.peerAddress);
        throw new ApiError(NO_NODE, `there is no node ${id}`);
    }

    // Deletes the images that no node was asked to take, nor has for its newest: without it they pile up.
    async #tidy() {
        try {
            await this.#service.construction;
            const wanted = new Set();
            for (const { node_id: id } of this.#nodes.all()) {
                const product = this.#product(id);
                if (product.currentSoftwareVersion === undefined) return; // it was never read
                const files = await this.#files(product);
                for (const file of files) if (file.softwareVersion === this.#asked.get(id)) wanted.add(file.filename);
                if (files.length) wanted.add(this.#newest(files).filename);
            }
            for (const { filename } of await this.#service.find()) if (!wanted.has(filename)) await this.#service.delete({ filename });
        } catch (error) {
            console.error(error);
        }
    }
}

const hex = number => number.toString(16).toUpperCase().padStart(4, "0");

function refuse(reason, words) {
    throw new ApiError(UNKNOWN, `${reason}: ${words}`);
}
