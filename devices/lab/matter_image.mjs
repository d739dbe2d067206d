// Writes an image of a newer software for the lab's devices. Arguments: file, version number, version text, bytes, product id.
import "@matter/nodejs";
import { Crypto, Environment } from "@matter/main";
import { OtaImageWriter } from "@matter/main/protocol";
import { writeFileSync } from "node:fs";

const [file, number, softwareVersionString, bytes, product] = process.argv.slice(2);
const { image } = await OtaImageWriter.create(Environment.default.get(Crypto), {
    vendorId: 0xfff1, productId: Number(product), softwareVersion: Number(number), softwareVersionString, payload: new Uint8Array(Number(bytes)).fill(7),
});
writeFileSync(file, Buffer.from(image));
