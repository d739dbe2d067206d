// Virtual Modbus devices behind one gateway, by the npm package modbus-serial: nothing of Oikos frames or decodes here.
// Started with a JSON line on stdin: {host, port, rtuPort, units: {"1": {holding: {address: word}, input, coil, discrete}}};
// then one order per line: {op: "set", unit, space, address, values}, {op: "silence", unit, on}, {op: "read", unit, space,
// address}. Answers are JSON lines; the end of stdin ends it.
import { createRequire } from "node:module";
import net from "node:net";
import readline from "node:readline";

const require = createRequire(import.meta.url);
const { ServerTCP } = require("modbus-serial");
const crc16 = require("modbus-serial/utils/crc16");

const units = new Map();
const silent = new Set();
const faulty = new Set(); // they answer, with exception 4
let delayMs = 0;

function table(unit, space) {
    const tables = units.get(unit);
    if (!tables) return null;
    if (!tables[space]) tables[space] = new Map();
    return tables[space];
}

// A unit that is not there, or has no power, says nothing at all, as on a serial line.
function answered(unit, act) {
    if (!units.has(unit) || silent.has(unit)) return new Promise(() => {});
    const later = delayMs;
    if (!later) return Promise.resolve().then(act);
    return new Promise((resolve, reject) => setTimeout(() => { try { resolve(act()); } catch (e) { reject(e); } }, later));
}

function cell(space) {
    return (address, unit) => answered(unit, () => {
        const there = table(unit, space);
        if (faulty.has(unit)) throw { modbusErrorCode: 4 };
        if (!there.has(address)) throw { modbusErrorCode: 2 };
        return space === "coil" || space === "discrete" ? Boolean(there.get(address)) : there.get(address);
    });
}

function writing(space) {
    return (address, value, unit) => answered(unit, () => {
        const there = table(unit, space);
        if (!there.has(address)) throw { modbusErrorCode: 2 };
        there.set(address, Number(value));
    });
}

const vector = {
    getInputRegister: cell("input"),
    getHoldingRegister: cell("holding"),
    getCoil: cell("coil"),
    getDiscreteInput: cell("discrete"),
    setRegister: writing("holding"),
    setCoil: writing("coil"),
};

// RTU over TCP: frames without a header go through the same server, with one made up for each.
function rtuGateway(host, port, target) {
    const gateway = net.createServer((client) => {
        const upstream = net.connect(target, host);
        let held = Buffer.alloc(0);
        client.on("data", (data) => {
            held = Buffer.concat([held, data]);
            const size = held.length > 6 && held[1] === 16 ? 9 + held[6] : 8;
            if (held.length < size) return;
            const frame = held.subarray(0, size);
            held = held.subarray(size);
            if (crc16(frame.subarray(0, size - 2)) !== frame.readUInt16LE(size - 2)) return;
            const header = Buffer.from([0, 1, 0, 0, 0, size - 2]);
            upstream.write(Buffer.concat([header, frame.subarray(0, size - 2)]));
        });
        upstream.on("data", (data) => {
            const body = data.subarray(6);
            const crc = Buffer.alloc(2);
            crc.writeUInt16LE(crc16(body));
            client.write(Buffer.concat([body, crc]));
        });
        const end = () => { client.destroy(); upstream.destroy(); };
        for (const side of [client, upstream]) side.on("error", end).on("close", end);
    });
    return new Promise((resolve) => gateway.listen(port, host, () => resolve(gateway.address().port)));
}

function load(told) {
    for (const [unit, spaces] of Object.entries(told)) {
        const tables = {};
        for (const [space, cells] of Object.entries(spaces)) {
            tables[space] = new Map(Object.entries(cells).map(([address, word]) => [Number(address), word]));
        }
        units.set(Number(unit), tables);
    }
}

function say(fact) {
    process.stdout.write(JSON.stringify(fact) + "\n");
}

async function begin({ host, port, rtuPort, units: told }) {
    load(told);
    const server = new ServerTCP(vector, { host, port, unitID: 255, debug: false });
    server.on("socketError", () => {});
    server.on("serverError", (error) => { say({ event: "failed", why: String(error) }); process.exit(1); });
    await new Promise((resolve) => server.on("initialized", resolve));
    const tcp = server._server.address().port;
    say({ event: "online", port: tcp, rtuPort: await rtuGateway(host, rtuPort, tcp) });
}

function obey(order) {
    switch (order.op) {
        case "set":
            order.values.forEach((word, n) => table(order.unit, order.space).set(order.address + n, word));
            return null;
        case "silence":
            if (order.on) silent.add(order.unit); else silent.delete(order.unit);
            return null;
        case "fault":
            if (order.on) faulty.add(order.unit); else faulty.delete(order.unit);
            return null;
        case "units":
            load(order.units);
            return null;
        case "delay":
            delayMs = order.ms;
            return null;
        case "read":
            return table(order.unit, order.space).get(order.address) ?? null;
        default:
            throw new Error(`no order ${order.op}`);
    }
}

let begun = false;
readline.createInterface({ input: process.stdin }).on("line", (line) => {
    const told = JSON.parse(line);
    if (!begun) {
        begun = true;
        begin(told).catch((error) => { say({ event: "failed", why: String(error) }); process.exit(1); });
        return;
    }
    try {
        say({ event: "done", number: told.number, value: obey(told) });
    } catch (error) {
        say({ event: "refused", number: told.number, why: String(error) });
    }
}).on("close", () => process.exit(0));
