import * as pulumi from "@pulumi/pulumi";
import type {
    AccessRequest,
    AuthorityRequest,
    ClientCertificateRequest,
    ClusterRights,
    JoinBundle,
    KeyPair,
    Rotation,
    SecuredNode,
} from "../../scripts/protocol/security.ts";
import { restoreAccess } from "../../scripts/security/restoreAccess.ts";
import type { MachineStore } from "../machine/machineStore.ts";
import type { AgentSecurity, ClientIdentity } from "../node/nodeSecurity.ts";
import { scriptCommand } from "../pulumi/scriptCommand.ts";
import { answerTexts } from "../pulumi/secretAnswer.ts";
import { valueAlone } from "../pulumi/valueAlone.ts";
import type { BroughtAuthority } from "./broughtAuthority.ts";
import type { ClusterArgs } from "./clusterArgs.ts";

/** What secures a cluster. */
export interface ClusterSecurityArgs extends Pick<
    ClusterArgs,
    "datacenter" | "agentConfig" | "rotate" | "snapshots" | "tls"
> {
    readonly store: MachineStore;
    /** Every declared node by name. */
    readonly nodes: pulumi.Output<Record<string, SecuredNode>>;
    /** What records that the cluster is secured, before it is: it may run as an open one. */
    readonly recorded: pulumi.Resource;
}

/** What secures the agents of a stack: in its own cluster, or in another stack's. */
export interface SecuredCluster {
    /** Certificate of the cluster's CA, PEM. */
    readonly caCertificate: pulumi.Output<string>;
    /** A token that may do everything; undefined in another stack's cluster. Secret. */
    readonly managementToken: pulumi.Output<string> | undefined;
    /** What a stack that joins is given; undefined where none may. Secret. */
    readonly joinBundle: pulumi.Output<JoinBundle> | undefined;
    /** What its API demands of a caller besides a token; undefined where that is nothing. */
    readonly client: ClientIdentity | undefined;
    /** What each node's agent is made with and asked by. */
    readonly ofAgents: AgentSecurity;
    /**
     * Declares what makes the policies and tokens in the cluster that are missing.
     *
     * @param gates of the servers, which need no tokens.
     */
    grant(gates: readonly pulumi.Resource[]): pulumi.Resource;
    /**
     * Declares what leads a rotation to its end: every agent gets the gossip key that is declared, and what is out of
     * use is deleted.
     *
     * @param after all that is to use today's secrets before.
     * @param opts `held` where a pause keeps nodes as they are: they have the secrets of before.
     */
    settle(after: readonly pulumi.Resource[], opts: pulumi.CustomResourceOptions): void;
}

/** The secrets with which every cluster begins. */
export const firstRotation: Rotation = {
    seed: 1,
    ca: 1,
    leaf: 1,
    gossip: 1,
    tokens: 1,
    management: 1,
};

/**
 * The half-year of a day, such as `2027-H1`. The agents' certificates last a year, and get successors by the first
 * update of each half-year: no certificate has to be looked at for that, and the preview knows it.
 */
export function renewalPeriod(day: Date): string {
    return `${day.getUTCFullYear()}-H${day.getUTCMonth() < 6 ? 1 : 2}`;
}

/** Declares the Commands by which a stack's agents are secured. */
export class SecurityCommands {
    readonly #name: string;
    readonly #parent: pulumi.Resource;

    constructor(name: string, parent: pulumi.Resource) {
        this.#name = name;
        this.#parent = parent;
    }

    /**
     * A secret that stays what it is until its number changes, whatever else does: an update of its Command, for
     * which the path of our scripts is enough, answers with the one of before.
     */
    makeOnce(what: "seed" | "ca", generation: number): pulumi.Output<string> {
        return scriptCommand(
            `${this.#name}-${what}`,
            {
                up: `secret ${what}`,
                change: "secret keep",
                request: {},
                identity: [String(generation)],
                secretAnswer: true,
                givePreviousAnswer: true,
            },
            { parent: this.#parent },
        ).stdout;
    }

    /** A CA that is brought, in place of one that is made: another one is another secret, like another number there. */
    keepBrought({ pair, fingerprint }: BroughtAuthority): pulumi.Output<string> {
        const request = pair.apply((brought): AuthorityRequest => ({ brought }));
        return scriptCommand(
            `${this.#name}-ca`,
            {
                up: "secret ca",
                request: pulumi.secret(request),
                identity: [pulumi.interpolate`brought ${fingerprint}`],
                secretAnswer: true,
            },
            { parent: this.#parent },
        ).stdout;
    }

    /** A secret that is made of others, and stays what it is while it fits them. */
    makeOf(what: "joining" | "client", request: pulumi.Output<object>): pulumi.Output<string> {
        return scriptCommand(
            `${this.#name}-${what}`,
            {
                up: `secret ${what}`,
                request: pulumi.secret(request),
                secretAnswer: true,
                givePreviousAnswer: true,
            },
            { parent: this.#parent },
        ).stdout;
    }

    /**
     * A certificate, and its key, for whoever asks agents that demand one; undefined where they demand none.
     *
     * @param signer what signs it, and the certificates between that and the CA.
     */
    makeClient(
        { tls: { clientCertificates = false } = {} }: Pick<ClusterSecurityArgs, "tls">,
        renewal: string,
        signer: pulumi.Output<Pick<ClientCertificateRequest, "ca" | "chain">>,
    ): ClientIdentity | undefined {
        if (!clientCertificates) {
            return undefined;
        }
        const request = signer.apply((by): ClientCertificateRequest => ({ ...by, renewal }));
        // Another CA would otherwise have the engine delete every container that has something of it, first.
        const answer = valueAlone(pulumi.unsecret(this.makeOf("client", request)));
        const { certificate, key } = answer.apply(parseKeyPair("secret client"));
        return { certificate, key: pulumi.secret(key) };
    }

    /** What writes the access file, which all others read. */
    writeAccess(
        request: pulumi.Output<AccessRequest>,
        dependsOn: pulumi.Resource[],
    ): pulumi.Resource {
        const restored = request.apply(async (access) => {
            if (!pulumi.runtime.isDryRun()) {
                // The Command does not run where nothing changed, and all that follows reads the file.
                await restoreAccess(access);
            }
            return access;
        });
        return scriptCommand(
            `${this.#name}-access`,
            { up: "access write", down: "access remove", request: pulumi.secret(restored) },
            { parent: this.#parent, dependsOn },
        );
    }

    /** What is done with a cluster's rights; no secrets. */
    withRights(
        what: "grant" | "settle",
        request: pulumi.Output<ClusterRights>,
        dependsOn: readonly pulumi.Resource[],
        opts: pulumi.CustomResourceOptions = {},
    ): pulumi.Resource {
        return scriptCommand(
            `${this.#name}-${what}`,
            { up: `access ${what}`, request },
            { ...opts, parent: this.#parent, dependsOn: [...dependsOn] },
        );
    }
}

/** Reads a certificate and its key from the answer of this verb. */
export function parseKeyPair(verb: string): (answer: string) => KeyPair {
    return (answer) => answerTexts(answer, ["certificate", "key"], verb);
}

/** The part of a request for the access file that says whether agents demand certificates. */
export function demanded({ tls }: Pick<ClusterSecurityArgs, "tls">) {
    return tls?.clientCertificates === true ? ({ clientCertificates: true } as const) : {};
}
