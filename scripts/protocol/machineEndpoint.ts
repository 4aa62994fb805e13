import type { KeptFiles } from "./keptStore.ts";

/** What a machine's Command prints once the machine is ready. */
export interface MachineEndpoint {
    /** Address that other machines reach. */
    readonly address: string;
    /** The engine's endpoint, for example `tcp://10.0.0.11:2376`. */
    readonly endpoint: string;
    /** Address of the machine's docker0 bridge; only the machine itself can say. */
    readonly bridgeAddress: string;
    /** Address of the machine's own at which this computer reaches it, where that is not the one of its node: as of a VPN
     * on the machine itself. @default this computer reaches it at its node's address, or by way of another computer that
     * translates addresses */
    readonly reachAddress?: string | undefined;
    /** Version of the machine's Docker Engine. */
    readonly dockerVersion: string;
    /** Certificate of the CA that signed the engine's certificate, PEM. */
    readonly ca: string;
    /** Client certificate, PEM. */
    readonly cert: string;
    /** Private key of the client certificate, PEM. Secret. */
    readonly key: string;
}

/** The same with what another computer needs of the machine, where the stack's state keeps that. */
export interface MadeMachine extends MachineEndpoint {
    readonly kept?: KeptFiles;
}
