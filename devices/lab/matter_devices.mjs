// One virtual Matter device: its description is the first argument, orders come as JSON lines on stdin, facts leave as
// JSON lines on stdout. It ends with its stdin. matter.js parses the command line as well: no option names here.
import { DeviceTypeId, Endpoint, Environment, Logger, ServerNode, VendorId } from "@matter/main";
import { AggregatorEndpoint } from "@matter/main/endpoints/aggregator";
import { BridgedDeviceBasicInformationServer } from "@matter/main/behaviors/bridged-device-basic-information";
import { createInterface } from "node:readline";
import { software } from "./matter_software.mjs";
import { Energy, TYPES } from "./matter_types.mjs";

const TEST_VENDOR = 0xfff1;
const BRIDGE_TYPE = 0x0e;
const LOAD_MW = 60_000;
const CHARGING = 3; // EnergyEvse.State
const CHARGING_MW = 3_680_000;
const LIVE_MS = 5_000;

const spec = JSON.parse(process.env.OIKOS_LAB_DEVICE);
const say = fact => process.stdout.write(JSON.stringify(fact) + "\n");
const words = error => [error?.message ?? error, ...(error?.errors ?? []).map(words), ...(error?.cause ? [words(error.cause)] : [])].join(" <- ");

Logger.level = "warn";
Logger.format = "plain";
if (Logger.destinations?.default) Logger.destinations.default.write = text => process.stderr.write(text + "\n");
const environment = Environment.default;
environment.vars.set("storage.path", spec.storage);
environment.vars.set("runtime.signals", false);
if (spec.interface) environment.vars.set("mdns.networkInterface", spec.interface);

const endpoints = {};
let living; // what a meter counts by

async function put(parent, id, type, bridged) {
    const [device, state, parts] = TYPES[type]();
    const main = bridged
        ? new Endpoint(device.with(BridgedDeviceBasicInformationServer), {
              id, ...state,
              bridgedDeviceBasicInformation: { nodeLabel: bridged, productName: type, serialNumber: `LAB-${spec.id}-${id}`, uniqueId: `lab-${spec.id}-${id}`, reachable: true },
          })
        : new Endpoint(device, { id, ...state });
    await parent.add(main);
    endpoints[id] = main;
    for (const [part, first] of parts) {
        const endpoint = new Endpoint(part, first);
        await (bridged ? main : parent).add(endpoint);
        endpoints[bridged ? `${id}.${first.id}` : first.id] = endpoint;
    }
}

async function bridge(node) {
    const aggregator = new Endpoint(AggregatorEndpoint, { id: "bridge" });
    await node.add(aggregator);
    for (const child of spec.children) await put(aggregator, child.id, child.type, child.name);
}

function live() {
    clearInterval(living);
    const { main, meter } = endpoints;
    if (!main || !meter) return;
    let last = Date.now();
    const load = power => meter.set({ electricalPowerMeasurement: { activePower: power, activeCurrent: Math.round(power / 230) } });
    main.events.onOff?.onOff$Changed.on(on => load(on ? LOAD_MW : 0));
    main.events.energyEvse?.state$Changed.on(state => load(state === CHARGING ? CHARGING_MW : 0));
    living = setInterval(async () => {
        const now = Date.now();
        const used = (Number(meter.state.electricalPowerMeasurement.activePower ?? 0) * (now - last)) / 3_600_000;
        last = now;
        if (used > 0) await energy(Number(meter.state.electricalEnergyMeasurement.cumulativeEnergyImported?.energy ?? 0) + used);
    }, LIVE_MS);
    living.unref();
}

const energy = total =>
    endpoints.meter.act(agent => agent.get(Energy).setMeasurement({ cumulativeEnergy: { imported: { energy: Math.round(total) } } }));

async function press(times, hold) {
    for (let i = 0; i < times; i++) {
        await endpoints.main.set({ switch: { rawPosition: 1 } });
        await new Promise(done => setTimeout(done, hold));
        await endpoints.main.set({ switch: { rawPosition: 0 } });
        await new Promise(done => setTimeout(done, 100));
    }
}

async function obey(order, node) {
    switch (order.op) {
        case "set": return endpoints[order.endpoint].set({ [order.cluster]: order.values });
        case "energy": return energy(order.value);
        case "press": return press(order.times, order.hold);
        case "fabrics": return node.state.operationalCredentials.fabrics.map(fabric => ({ root: Buffer.from(fabric.rootPublicKey).toString("hex"), node: Number(fabric.nodeId) }));
        case "updates": return software.break(order.fault);
        case "exit": await node.close(); process.exit(0);
    }
    throw new Error("unknown order");
}

// The device as it is switched on, with the software that it has now.
async function boot() {
    for (const id of Object.keys(endpoints)) delete endpoints[id];
    const { number, text } = software.installed;
    node = await ServerNode.create({
        id: spec.id,
        network: { port: spec.port },
        commissioning: { passcode: spec.passcode, discriminator: spec.discriminator },
        productDescription: { name: spec.name, deviceType: DeviceTypeId(TYPES[spec.type] ? TYPES[spec.type]()[0].deviceType : BRIDGE_TYPE) },
        basicInformation: {
            vendorName: "Oikos Lab", vendorId: VendorId(TEST_VENDOR), nodeLabel: spec.name, productName: spec.type, productLabel: spec.type, productId: 0x8000,
            serialNumber: `LAB-${spec.id}`, uniqueId: `lab-${spec.id}`, hardwareVersion: 1, hardwareVersionString: "1.0", softwareVersion: number, softwareVersionString: text,
        },
    });
    await (spec.children ? bridge(node) : put(node, "main", spec.type));
    node.lifecycle.commissioned.on(() => say({ event: "commissioned" }));
    node.lifecycle.decommissioned.on(() => say({ event: "decommissioned" }));
    await node.start();
    live();
}

let node;
software.use(spec.storage, async () => {
    await node.close();
    await boot();
});
await boot();
const { qrPairingCode, manualPairingCode } = node.state.commissioning.pairingCodes;
say({ event: "online", code: qrPairingCode, manual: manualPairingCode });

let turn = Promise.resolve();
const lines = createInterface({ input: process.stdin });
lines.on("line", line => {
    turn = turn.then(async () => {
        const order = JSON.parse(line);
        try {
            const result = await obey(order, node);
            say({ event: "done", number: order.number, ...(order.op === "fabrics" && { result }) });
        } catch (error) {
            say({ event: "failed", number: order.number, why: words(error) });
        }
    });
});
lines.on("close", () => (turn = turn.then(() => obey({ op: "exit" }, node))));
