// Matter values between matter.js (names, flags, bytes) and the API's JSON (field numbers, integers, base64).
import { Bytes } from "@matter/main";
import { TlvOfModel, TlvType } from "@matter/main/types";

const BIG = "\u0000big:";

// JSON with integers of 64 bits as they are; JSON.stringify alone refuses them.
export const jsonText = value =>
    JSON.stringify(value, (_, one) => (typeof one === "bigint" ? BIG + one : one === undefined ? null : one)).replace(/"\\u0000big:(-?\d+)"/g, "$1");

// A TLV stream as the API shows attributes: structs by their field numbers.
function tlvToJson(stream) {
    let at = 0;
    const element = () => {
        const { typeLength, value } = stream[at++];
        switch (typeLength.type) {
            case TlvType.Structure: {
                const fields = {};
                while (stream[at].typeLength.type !== TlvType.EndOfContainer) {
                    const id = stream[at].tag.id;
                    fields[id] = element();
                }
                at++;
                return fields;
            }
            case TlvType.Array:
            case TlvType.List: {
                const entries = [];
                while (stream[at].typeLength.type !== TlvType.EndOfContainer) entries.push(element());
                at++;
                return entries;
            }
            case TlvType.Boolean:
                return typeLength.value;
            case TlvType.ByteString:
                return Bytes.toBase64(value);
            default:
                return value;
        }
    };
    return stream.length ? element() : null;
}

export const attributeToJson = (model, value) => (value === undefined || value === null ? null : tlvToJson(TlvOfModel(model).encodeTlv(value)));

// The API's JSON as the value of this model; unknown fields are left out, as the device would refuse them.
export function fromJson(model, json) {
    if (json === null || json === undefined) return json;
    switch (model.effectiveMetatype) {
        case "bitmap":
            return typeof json === "number" ? TlvOfModel(model).decodeTlv([{ typeLength: { type: TlvType.UnsignedInt }, value: json }]) : json;
        case "bytes":
            return typeof json === "string" ? Bytes.fromBase64(json) : json;
        case "array":
            return Array.isArray(json) ? json.map(one => fromJson(model.members.at(0), one)) : json;
        case "object": {
            const named = {};
            for (const member of model.members) {
                const given = member.propertyName in json ? json[member.propertyName] : json[member.id]; // null is a value
                if (given !== undefined) named[member.propertyName] = fromJson(member, given);
            }
            return named;
        }
        default:
            return json;
    }
}

// The answer of a command: fields by name, bytes as base64.
export function answerToJson(value) {
    if (Bytes.isBytes(value)) return Bytes.toBase64(value);
    if (Array.isArray(value)) return value.map(answerToJson);
    if (value !== null && typeof value === "object") return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, answerToJson(one)]));
    return value ?? null;
}
