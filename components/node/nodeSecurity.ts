import type * as pulumi from "@pulumi/pulumi";
import type { Rotation } from "../../scripts/protocol/security.ts";

/** By what agents that demand a certificate of their callers let one in. */
export interface ClientIdentity {
    /** The certificate, with those between it and the cluster's CA, PEM. No secret. */
    readonly certificate: pulumi.Output<string>;
    /** Its private key, PEM. Secret. */
    readonly key: pulumi.Output<string>;
}

/** What is needed to ask the agent of a node in a secured cluster. */
export interface NodeSecurity {
    /** File with the rights of this program's own scripts, relative to the project's folder. */
    readonly access: string;
    /** Counts the tokens, all but the management token: another number is other tokens. */
    readonly tokens: pulumi.Input<number>;
    /** Certificate of the CA that signed the agents' certificates, PEM. No secret. It is the value alone: when the CA is
     * replaced, the engine would otherwise first delete every container that has its certificate. */
    readonly caCertificate: pulumi.Output<string>;
    /** What the agent demands of its callers besides a token; undefined where that is nothing. The values alone, as well. */
    readonly client: ClientIdentity | undefined;
    /** A token for what registers services and finds them: registrator, and programs beside an agent. It may
     * write every service and read every node, and nothing else. Secret. */
    readonly servicesToken: pulumi.Output<string>;
    /** A token for what watches agents: it may read what each says of itself, such as its metrics and its log, and
     * nothing else. Secret. */
    readonly metricsToken: pulumi.Output<string>;
}

/** What the agent of a node in a secured cluster is made with, besides. */
export interface AgentSecurity extends NodeSecurity {
    /** Which of its secrets the cluster has now. */
    readonly rotation: Rotation;
    /** Names the time for which its certificate is made: another text renews it. */
    readonly renewal: string;
    /** What writes the access file, from which the node's files are made. */
    readonly written: pulumi.Resource;
    /** Tells the CA that an operator brings from another one. No secret. @default one is made */
    readonly authorityDigest?: pulumi.Output<string> | undefined;
    /** Digest of what another stack's cluster has given, which the agent joins. No secret. @default it joins none */
    readonly joinedDigest?: pulumi.Output<string> | undefined;
}
