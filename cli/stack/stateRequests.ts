import type { AccessRequest } from "../../scripts/protocol/security.ts";
import { hasTypes, parseJson, property } from "../../scripts/system/json.ts";
import { nameIn, type StateResource } from "./stackState.ts";

/** What a Command of ours asked its script for. */
export interface Requested {
    /** Logical name of the Command. */
    readonly name: string;
    readonly verb: string;
    readonly request: unknown;
}

/** What a resource asked a script of ours for, if it is such a Command. */
export function requestOf({ urn, type, inputs }: StateResource): Requested[] {
    const { create, delete: remove, stdin } = inputs;
    const verb = create ?? remove;
    return type === "command:local:Command" && typeof verb === "string" && typeof stdin === "string"
        ? [{ name: nameIn(urn), verb, request: parseJson(stdin) }]
        : [];
}

/** Whether this is what a secured cluster's rights are made of. */
export function isAccessRequest(value: unknown): value is AccessRequest {
    return (
        hasTypes(value, { access: "string", seed: "string", datacenter: "string" }) &&
        hasTypes(property(value, "rotation"), { tokens: "number", management: "number" }) &&
        hasTypes(property(value, "ca"), { certificate: "string", key: "string" })
    );
}
