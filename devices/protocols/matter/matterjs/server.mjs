// The managed Matter server on matter.js: the part of python-matter-server's WebSocket API that server_client.py speaks.
//
// Arguments: --folder F --roots R [--socket S] [--online]. The token comes as the first line of stdin; when stdin ends, so
// does this process. Facts leave as JSON lines on stdout, the log on stderr.
import "@matter/nodejs";
import { Bytes, ControllerBehavior, DclBehavior, Environment, Logger, ServerNode } from "@matter/main";
import { Certificate, DclCertificateService, DclConfig, FabricAuthority } from "@matter/main/protocol";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { Commissioner } from "./commissioning.mjs";
import { ApiError, NO_COMMAND, UNKNOWN } from "./errors.mjs";
import { serve } from "./gate.mjs";
import { Nodes, readJson } from "./nodes.mjs";
import { Updates } from "./updates.mjs";
import { jsonText } from "./values.mjs";

const SCHEMA = 11;
const CLOSE_MS = 1500;
const NOWHERE = "http://127.0.0.1:9"; // the discard port, refused at once
const FABRIC_LABEL = "Oikos";

process.umask(0o077);
const option = name => (process.argv.includes(`--${name}`) ? process.argv[process.argv.indexOf(`--${name}`) + 1] : "");
const [folder, roots, socket, host] = [option("folder"), option("roots"), option("socket"), option("host")];
const online = process.argv.includes("--online");
const fact = one => process.stdout.write(JSON.stringify(one) + "\n");

Logger.level = "warn";
Logger.format = "plain";
Logger.destinations.default.write = text => process.stderr.write(text + "\n");

const lines = createInterface({ input: process.stdin });
let ended; // what the end of stdin, and so that of Oikos, leads to
const token = (await new Promise(got => {
    ended = () => got("");
    lines.on("close", () => ended());
    lines.once("line", line => {
        ended = () => process.exit(0);
        got(line);
    });
})).trim();
if (!token) {
    fact({ refused: "token", detail: "no line on stdin" });
    process.exit(3);
}

// Root certificates of device makers, as files; the lab's are among them where somebody wants virtual devices.
const certificates = readdirSync(roots).filter(name => name.endsWith(".der"));
async function* trusted() {
    for (const name of certificates) {
        const der = readFileSync(`${roots}/${name}`);
        const { extensions } = Certificate.parseAsn1Certificate(der, Certificate.REQUIRED_PAA_EXTENSIONS);
        yield { role: "paa", subjectKeyId: Bytes.toHex(extensions.subjectKeyIdentifier), derHex: Bytes.toHex(der), kind: "production" };
    }
}

const environment = Environment.default;
environment.vars.set("storage.path", folder);
environment.vars.set("runtime.signals", false);
const ledger = online ? undefined : { url: NOWHERE }; // it has no switch; what it cannot reach, it goes without
new DclCertificateService(environment, {
    dclConfig: ledger, fetchTestCertificates: false, fetchGithubCertificates: false, updateInterval: null,
    seed: { paaRoots: { builtAt: new Date().toISOString(), expectedCount: certificates.length, entries: trusted() } },
});

const controller = await ServerNode.create(ServerNode.RootEndpoint.with(ControllerBehavior, DclBehavior), {
    id: "controller", network: { port: 0 }, commissioning: { enabled: false }, controller: { adminFabricLabel: FABRIC_LABEL },
    basicInformation: { vendorName: FABRIC_LABEL, productName: FABRIC_LABEL }, ...(ledger && { dcl: { productionUrl: ledger.url, testUrl: ledger.url } }),
});
await controller.start();
const fabric = await controller.act(async agent => {
    await agent.load(ControllerBehavior);
    return controller.env.get(FabricAuthority).defaultFabric(agent.get(ControllerBehavior).fabricAuthorityConfig);
});

const clients = new Set();
const emit = (event, data) => {
    const text = jsonText({ event, data });
    for (const client of clients) client.send(text);
};
const nodes = new Nodes(controller, folder, emit);

const updates = await Updates.create(controller, nodes, online ? DclConfig.production : undefined, emit);

const counter = `${folder}/last_node.json`;
function nextNode() {
    const next = Math.max(readJson(counter, { node: 0 }).node, ...nodes.all().map(one => one.node_id), 0) + 1;
    writeFileSync(counter, JSON.stringify({ node: next }), { mode: 0o600 });
    return next;
}
const commissioner = new Commissioner(controller, folder, fact, nextNode);

function taken(peer) {
    const node = nodes.describe(nodes.add(peer, true));
    emit("node_added", node);
    return node;
}

const COMMANDS = {
    start_listening: () => nodes.all(),
    get_nodes: () => nodes.all(),
    get_node: ({ node_id }) => nodes.describe(node_id),
    read_attribute: ({ node_id, attribute_path }) => nodes.read(node_id, attribute_path),
    write_attribute: ({ node_id, attribute_path, value }) => nodes.write(node_id, attribute_path, value),
    device_command: ({ node_id, endpoint_id, cluster_id, command_name, payload }) => nodes.command(node_id, endpoint_id, cluster_id, command_name, payload),
    commission_with_code: async ({ code }) => taken(await commissioner.commission(code)),
    open_commissioning_window: ({ node_id, timeout }) => nodes.openWindow(node_id, timeout ?? 300),
    remove_node: ({ node_id }) => updates.leave(node_id, () => nodes.remove(node_id)),
    get_vendor_names: () => ({}),
    check_node_update: ({ node_id }) => updates.check(node_id),
    load_update: ({ node_id, path }) => updates.load(node_id, path),
    update_node: ({ node_id, software_version }) => updates.install(node_id, software_version),
    cancel_update: ({ node_id }) => updates.cancel(node_id),
};

async function answer({ message_id, command, args }) {
    try {
        if (!Object.hasOwn(COMMANDS, command)) throw new ApiError(NO_COMMAND, `unknown command ${command}`);
        return { message_id, result: (await COMMANDS[command](args ?? {})) ?? null };
    } catch (error) {
        return { message_id, error_code: error.code in [0, 1, 2, 3, 4, 5, 6, 7, 8, 9] && error instanceof ApiError ? error.code : UNKNOWN, details: String(error.message) };
    }
}

const port = await serve({ token, socket, host }, client => {
    client.send(jsonText({
        fabric_id: fabric.fabricId, compressed_fabric_id: fabric.globalId, schema_version: SCHEMA, min_supported_schema_version: SCHEMA,
        sdk_version: "matter.js 0.17.9", wifi_credentials_set: false, thread_credentials_set: false,
    }));
    clients.add(client);
    client.on("close", () => clients.delete(client));
    client.on("error", () => {});
    client.on("message", async data => {
        let message;
        try {
            message = JSON.parse(data);
        } catch {
            return;
        }
        client.send(jsonText(await answer(message)));
    });
});
fact({ ready: true, port });
void commissioner
    .finish(fabric.fabricIndex, async peer => {
        await nodes.complete(peer);
        taken(peer);
    })
    .catch(error => console.error(error));

async function stop() {
    setTimeout(() => process.exit(0), CLOSE_MS);
    nodes.close();
    await controller.close();
    process.exit(0);
}
process.on("SIGTERM", stop);
process.on("SIGINT", stop);
ended = stop;
