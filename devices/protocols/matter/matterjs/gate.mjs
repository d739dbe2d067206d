// Access control as in server_gate.py: one token for one start, no web pages, no foreign Host.
import { timingSafeEqual } from "node:crypto";
import { rmSync } from "node:fs";
import { createServer, STATUS_CODES } from "node:http";
import { WebSocketServer } from "ws";

const MAX_BYTES = 4 * 1024 * 1024;

function refusal(request, wanted, own) {
    if (request.headers.origin !== undefined) return 403;
    if (request.headers.host !== own()) return 421;
    const given = Buffer.from(request.headers.authorization ?? "");
    if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) return 401;
    return new URL(request.url, "http://x").pathname === "/ws" ? 0 : 404;
}

// Listens on a Unix socket, or on a free port of this loopback address where there is none; the port, 0 for a socket.
export async function serve({ token, socket, host }, connected) {
    const wanted = Buffer.from(`Bearer ${token}`);
    const server = createServer((request, response) => response.writeHead(refusal(request, wanted, own) || 404).end());
    const own = () => (socket ? "localhost" : `${host.includes(":") ? `[${host}]` : host}:${server.address().port}`);
    const upgrade = new WebSocketServer({ noServer: true, maxPayload: MAX_BYTES });
    server.on("upgrade", (request, stream, head) => {
        const status = refusal(request, wanted, own);
        if (status) return stream.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\n\r\n`);
        upgrade.handleUpgrade(request, stream, head, connected);
    });
    if (socket) rmSync(socket, { force: true }); // left by a server that was killed
    await new Promise((listening, failed) => {
        server.once("error", failed);
        server.listen(socket ? { path: socket } : { port: 0, host }, listening);
    });
    return socket ? 0 : server.address().port;
}
