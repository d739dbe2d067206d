// Errors of the API by the numbers of python-matter-server.
export const UNKNOWN = 0;
export const COMMISSION_FAILED = 1;
export const NOT_READY = 3;
export const NO_NODE = 5;
export const NO_COMMAND = 9;

export class ApiError extends Error {
    constructor(code, text) {
        super(text);
        this.code = code;
    }
}
