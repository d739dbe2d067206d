// The software of a lab device: it asks for a newer one soon after it was told of it, installs it and starts again.
import { OtaSoftwareUpdateRequestorServer } from "@matter/main/behaviors/ota-software-update-requestor";
import { Seconds } from "@matter/main";
import { OtaImageReader } from "@matter/main/protocol";
import { readFileSync, writeFileSync } from "node:fs";

const FIRST = { number: 1, text: "1.0.0" };
const ASK_S = 1; // matter.js waits up to ten minutes
const INSTALL_MS = 500;

export const software = {
    installed: FIRST,
    fault: "", // "load" and "install" let the next update fail there

    // Begins with what was installed last; `restart` switches the device off and on.
    use(storage, restart) {
        this.file = `${storage}.software.json`;
        this.restart = restart;
        try {
            this.installed = JSON.parse(readFileSync(this.file, "utf8"));
        } catch {}
    },

    break(fault) {
        this.fault = fault;
    },

    install(found) {
        if (this.fault !== "install") {
            this.installed = found;
            writeFileSync(this.file, JSON.stringify(found));
        }
        this.fault = "";
        setTimeout(() => this.restart().catch(error => console.error(error)), INSTALL_MS);
    },
};

export class Updates extends OtaSoftwareUpdateRequestorServer {
    async announceOtaProvider(request) {
        await super.announceOtaProvider(request);
        const timer = this.internal.updateQueryTimer;
        timer.stop();
        timer.interval = Seconds(ASK_S);
        timer.start();
    }

    async validateUpdateFile(version) {
        const wrong = software.fault === "load" ? 1 : 0;
        try {
            return await super.validateUpdateFile(version + wrong);
        } catch (error) {
            software.fault = "";
            this.internal.downloadLocation = undefined; // matter.js 0.17.9 cannot read what is written there a second time
            throw error;
        }
    }

    async applyUpdate(number, location) {
        const blob = await location.openBlob();
        const { softwareVersionString: text } = await OtaImageReader.header(blob.stream().getReader());
        await location.delete();
        software.install({ number, text });
    }
}
