import type * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { accessFileOf } from "../../scripts/protocol/names.ts";
import type {
    AccessRequest,
    ClusterRights,
    KeyPair,
    Rotation,
    SecuredNode,
} from "../../scripts/protocol/security.ts";
import { restoreAccess } from "../../scripts/security/accessFile.ts";
import { ClusterSecrets, type ClusterTokenName } from "../../scripts/security/secrets.ts";
import { domainOf } from "../agent/securedContract.ts";
import type { MachineStore } from "../machine/machineStore.ts";
import type { AgentSecurity } from "../node/nodeSecurity.ts";
import { scriptCommand } from "../pulumi/scriptCommand.ts";
import { valueAlone } from "../pulumi/valueAlone.ts";
import { answerTexts } from "../pulumi/secretAnswer.ts";
import type { ClusterArgs } from "./clusterArgs.ts";

/** What secures a cluster. */
export interface ClusterSecurityArgs extends Pick<
    ClusterArgs,
    "datacenter" | "agentConfig" | "rotate" | "snapshots"
> {
    readonly store: MachineStore;
    /** Every declared node by name. */
    readonly nodes: pulumi.Output<Record<string, SecuredNode>>;
    /** What records that the cluster is secured, before it is: it may run as an open one. */
    readonly recorded: pulumi.Resource;
}

/** The secrets with which every cluster begins. */
const first: Rotation = { seed: 1, ca: 1, leaf: 1, gossip: 1, tokens: 1, management: 1 };

/**
 * The secrets of a cluster, and the rights that are made of them. The seed and the CA are made once, by Commands that
 * know no node, and are kept as secrets in the state; all else is derived from them, or made on the machine. Only the
 * Command that writes the access file is given secrets; all others read that file.
 */
export class ClusterSecurity {
    /** Certificate of the CA that signs the agents' certificates, PEM. */
    public readonly caCertificate: pulumi.Output<string>;
    /** A token that may do everything. Secret. */
    public readonly managementToken: pulumi.Output<string>;
    /** What each node's agent is made with and asked by. */
    public readonly ofAgents: AgentSecurity;
    readonly #name: string;
    readonly #rights: pulumi.Output<ClusterRights>;
    readonly #parent: pulumi.Resource;

    constructor(name: string, args: ClusterSecurityArgs, parent: pulumi.Resource) {
        const { store, nodes, rotate } = args;
        const rotation = { ...first, ...rotate };
        const access = accessFileOf(store.path, store.owner, name);
        this.#name = name;
        this.#parent = parent;
        this.#rights = nodes.apply((all) => ({ access, rotation, nodes: all }));
        const seed = this.#makeOnce("seed", rotation.seed);
        const ca = this.#makeOnce("ca", rotation.ca).apply(parseKeyPair);
        const written = this.#writeAccess(args, seed, ca);
        // Another seed or CA would otherwise have the engine delete every container that has something of it, first.
        const seedAlone = valueAlone(pulumi.unsecret(seed));
        const token = (name: ClusterTokenName) =>
            pulumi.secret(
                seedAlone.apply((text) => new ClusterSecrets(text, rotation).token(name).secretId),
            );
        // Only the key is secret, but it came with the certificate.
        this.caCertificate = pulumi.unsecret(ca).certificate;
        this.managementToken = token("management");
        this.ofAgents = {
            access,
            rotation,
            // Another seed is other tokens as well.
            tokens: rotation.tokens + rotation.seed - 1,
            renewal: renewalPeriod(new Date()),
            caCertificate: valueAlone(this.caCertificate),
            servicesToken: token("services"),
            metricsToken: token("metrics"),
            written,
        };
    }

    /**
     * Declares what makes the policies and tokens in the cluster that are missing.
     *
     * @param gates of the servers, which need no tokens.
     */
    public grant(gates: readonly pulumi.Resource[]): pulumi.Resource {
        return this.#withRights("grant", "access grant", gates);
    }

    /**
     * Declares what leads a rotation to its end: every agent gets the gossip key that is declared, and what is out of
     * use is deleted.
     *
     * @param after all that is to use today's secrets before.
     */
    public settle(after: readonly pulumi.Resource[]): void {
        this.#withRights("settle", "access settle", after);
    }

    /**
     * A secret that stays what it is until its number changes, whatever else does: an update of its Command, for
     * which the path of our scripts is enough, answers with the one of before.
     */
    #makeOnce(what: "seed" | "ca", generation: number): pulumi.Output<string> {
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

    #writeAccess(
        { store, datacenter, agentConfig, snapshots: folder, recorded }: ClusterSecurityArgs,
        seed: pulumi.Output<string>,
        ca: pulumi.Output<KeyPair>,
    ): command.local.Command {
        const domain = domainOf(agentConfig);
        const request = pulumi
            .all([this.#rights, seed, ca])
            .apply(async ([rights, seedText, pair]): Promise<AccessRequest> => {
                const access: AccessRequest = {
                    ...rights,
                    datacenter,
                    domain,
                    seed: seedText,
                    ca: pair,
                    ...(folder === undefined ? {} : { snapshots: { folder, datacenter } }),
                };
                if (!pulumi.runtime.isDryRun()) {
                    // The Command does not run where nothing changed, and all that follows reads the file.
                    await restoreAccess(access);
                }
                return access;
            });
        return scriptCommand(
            `${this.#name}-access`,
            { up: "access write", down: "access remove", request: pulumi.secret(request) },
            { parent: this.#parent, dependsOn: [store.ready, recorded] },
        );
    }

    #withRights(what: string, up: string, dependsOn: readonly pulumi.Resource[]): pulumi.Resource {
        return scriptCommand(
            `${this.#name}-${what}`,
            { up, request: this.#rights },
            { parent: this.#parent, dependsOn: [...dependsOn] },
        );
    }
}

function parseKeyPair(answer: string): KeyPair {
    return answerTexts(answer, ["certificate", "key"], "secret ca");
}

/**
 * The half-year of a day, such as `2027-H1`. The agents' certificates last a year, and get successors by the first
 * update of each half-year: no certificate has to be looked at for that, and the preview knows it.
 */
export function renewalPeriod(day: Date): string {
    return `${day.getUTCFullYear()}-H${day.getUTCMonth() < 6 ? 1 : 2}`;
}
