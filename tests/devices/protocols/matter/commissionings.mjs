// Commissionings beside one that was cut off, with a network that answers as each case wants and time thirty times as fast.
import { existsSync, mkdtempSync, readdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";

const FAST = 30;
const [later, now] = [setTimeout, Date.now.bind(Date)];
const began = now();
Date.now = () => began + (now() - began) * FAST;
globalThis.setTimeout = (work, ms, ...rest) => later(work, ms / FAST, ...rest);
console.error = () => {};
const { Commissioner } = await import(`${process.argv[2]}/commissioning.mjs`);
const CODE = "34970112332";

function house(joins) {
    const folder = mkdtempSync(`${tmpdir()}/commissionings`);
    const told = [];
    const peers = {
        get: () => undefined,
        forAddress: async () => ({ delete: async () => told.push("deleted") }),
        runCommissioning: (_, work) => work(),
        discover: () => ({ discovered: { on: found => joins && later(() => found(joins), 10) }, stop() {} }),
    };
    writeFileSync(`${folder}/commissioning-7`, "");
    return { folder, told, commissioner: new Commissioner({ env: {}, peers }, folder, () => {}, () => 8) };
}

async function aWrongCodeBesideTheOneThatComesBack() {
    const { folder, told, commissioner } = house();
    let back = false;
    later(() => (back = true), 600);
    const finished = commissioner.finish(1, async () => {
        if (!back) throw new Error("no answer");
        told.push("taken in");
    });
    await commissioner.commission(CODE).catch(() => told.push("refused"));
    await finished;
    return [...told, ...readdirSync(folder)];
}

async function oneComesBackWhileAnotherIsCommissioned() {
    let end;
    const joined = new Promise(done => (end = done));
    const candidate = { state: { commissioning: { addresses: ["a"] } }, set: async () => {}, commission: () => joined };
    const { folder, told, commissioner } = house(candidate);
    let begin;
    const another = new Promise(done => (begin = done));
    const finished = commissioner.finish(1, () => another.then(() => told.push("taken in"))).catch(error => told.push(error.message));
    const work = commissioner.commission(CODE).then(() => told.push("joined"), error => told.push(error.message));
    while (!existsSync(`${folder}/commissioning-8`)) await new Promise(done => later(done, 1));
    begin();
    await finished;
    end();
    await work;
    return [...told, ...readdirSync(folder)];
}

console.log(JSON.stringify([await aWrongCodeBesideTheOneThatComesBack(), await oneComesBackWhileAnotherIsCommissioned()]));
process.exit(0);
