// Writes the certificates that the virtual devices are signed under (the public test roots) into the folder that is its argument.
import { TestCert_PAA_FFF1_Cert, TestCert_PAA_NoVID_Cert } from "./node_modules/@matter/protocol/dist/esm/certificate/ChipPAAuthorities.js";
import { mkdirSync, writeFileSync } from "node:fs";

const folder = process.argv[2];
mkdirSync(folder, { recursive: true });
writeFileSync(`${folder}/Chip-Test-PAA-NoVID-Cert.der`, TestCert_PAA_NoVID_Cert);
writeFileSync(`${folder}/Chip-Test-PAA-FFF1-Cert.der`, TestCert_PAA_FFF1_Cert);
