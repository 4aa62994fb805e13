import * as pulumi from "@pulumi/pulumi";
import { accessFileOf } from "../../scripts/protocol/names.ts";
import type {
    AccessRequest,
    ClusterRights,
    JoinAuthoritiesAnswer,
    JoinAuthoritiesRequest,
    JoinBundle,
    KeyPair,
    Rotation,
} from "../../scripts/protocol/security.ts";
import { domainOf } from "../agent/securedContract.ts";
import type { AgentSecurity } from "../node/nodeSecurity.ts";
import { valueAlone } from "../pulumi/valueAlone.ts";
import { answerTexts } from "../pulumi/secretAnswer.ts";
import {
    firstRotation,
    SecurityCommands,
    type ClusterSecurityArgs,
    type SecuredCluster,
} from "./securityCommands.ts";

/** What is read of the answer to an access request. */
const answered = [
    "managementToken",
    "servicesToken",
    "metricsToken",
    "joinAgentToken",
    "joinOperateToken",
    "joinServicesToken",
    "joinMetricsToken",
    "gossipKey",
] as const;

/**
 * The secrets of a cluster, and the rights that are made of them. The seed and the CA are made once, by Commands that
 * know no node, and are kept as secrets in the state; all else is derived from them, or made on the machine. Only the
 * Commands that write the access file, and that make what stacks which join are given, are given secrets; all others
 * read that file.
 */
export class ClusterSecurity implements SecuredCluster {
    public readonly caCertificate: pulumi.Output<string>;
    public readonly managementToken: pulumi.Output<string>;
    public readonly joinBundle: pulumi.Output<JoinBundle>;
    public readonly ofAgents: AgentSecurity;
    readonly #commands: SecurityCommands;
    readonly #rights: pulumi.Output<ClusterRights>;

    constructor(name: string, args: ClusterSecurityArgs, parent: pulumi.Resource) {
        const { store, nodes, rotate, datacenter, agentConfig } = args;
        const rotation = { ...firstRotation, ...rotate };
        const access = accessFileOf(store.path, store.owner, name);
        const domain = domainOf(agentConfig);
        this.#commands = new SecurityCommands(name, parent);
        this.#rights = nodes.apply((all) => ({ access, rotation, nodes: all }));
        const seed = this.#commands.makeOnce("seed", rotation.seed);
        const ca = this.#commands.makeOnce("ca", rotation.ca).apply(parseKeyPair);
        const joining = this.#joining(ca, { datacenter, domain }, rotation);
        const request = pulumi
            .all([this.#rights, seed, ca, joining])
            .apply(([rights, seedText, pair, authorities]): AccessRequest => ({
                ...rights,
                datacenter,
                domain,
                seed: seedText,
                ca: pair,
                joinAuthorities: authorities.clientCertificate + authorities.serverCertificate,
            }));
        const written = this.#commands.writeAccess(request, store);
        const tokens = written.stdout.apply((answer) =>
            answerTexts(answer, answered, "access write"),
        );
        // Only the key is secret, but it came with the certificate.
        this.caCertificate = pulumi.unsecret(ca).certificate;
        this.managementToken = tokens.managementToken;
        this.ofAgents = {
            access,
            rotation,
            // Another seed is other tokens as well.
            tokens: rotation.tokens + rotation.seed - 1,
            // Another CA would otherwise have the engine delete every container that has its certificate, first.
            caCertificate: valueAlone(this.caCertificate),
            servicesToken: tokens.servicesToken,
            metricsToken: tokens.metricsToken,
            written,
        };
        this.joinBundle = pulumi.secret(
            pulumi
                .all([args.servers, this.caCertificate, tokens, joining])
                .apply(([servers, caCertificate, all, authorities]): JoinBundle => ({
                    datacenter,
                    domain,
                    servers,
                    caCertificate,
                    ...pairsOf(authorities),
                    gossipKey: all.gossipKey,
                    tokens: {
                        agent: all.joinAgentToken,
                        operate: all.joinOperateToken,
                        services: all.joinServicesToken,
                        metrics: all.joinMetricsToken,
                    },
                })),
        );
    }

    public grant(gates: readonly pulumi.Resource[]): pulumi.Resource {
        return this.#commands.withRights("grant", this.#rights, gates);
    }

    public settle(after: readonly pulumi.Resource[]): void {
        this.#commands.withRights("settle", this.#rights, after);
    }

    /** The authorities that stacks which join are given. Others take their place together with the tokens: a node's
     * certificate then tells which of both it has. */
    #joining(
        ca: pulumi.Output<KeyPair>,
        zone: Pick<JoinAuthoritiesRequest, "datacenter" | "domain">,
        { seed, tokens }: Rotation,
    ): pulumi.Output<JoinAuthoritiesAnswer> {
        const generation = `${seed}/${tokens}`;
        const request = ca.apply((pair): JoinAuthoritiesRequest => {
            return { ca: pair, ...zone, generation };
        });
        return this.#commands.makeOf("joining", request).apply((answer) => {
            const keys = ["clientCertificate", "clientKey", "serverCertificate", "serverKey"] as const;
            return answerTexts(answer, keys, "secret joining");
        });
    }
}

function parseKeyPair(answer: string): KeyPair {
    return answerTexts(answer, ["certificate", "key"], "secret ca");
}

function pairsOf(answer: JoinAuthoritiesAnswer): Pick<JoinBundle, "authorities"> {
    return {
        authorities: {
            client: { certificate: answer.clientCertificate, key: answer.clientKey },
            server: { certificate: answer.serverCertificate, key: answer.serverKey },
        },
    };
}
