import { createHash } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import { accessFileOf } from "../../scripts/protocol/names.ts";
import type {
    AccessRequest,
    ClusterRights,
    JoinBundle,
    JoinedCluster,
} from "../../scripts/protocol/security.ts";
import type { ApiEndpoint } from "../agent/ports.ts";
import { domainOf } from "../agent/securedContract.ts";
import { httpAddressOf } from "../machine/placement.ts";
import type { AgentSecurity, ClientIdentity } from "../node/nodeSecurity.ts";
import { refuse } from "../pulumi/refusal.ts";
import { valueAlone } from "../pulumi/valueAlone.ts";
import {
    demanded,
    firstRotation,
    renewalPeriod,
    SecurityCommands,
    type ClusterSecurityArgs,
    type SecuredCluster,
} from "./securityCommands.ts";

/** A stack whose nodes join another stack's secured cluster. */
export interface JoinedSecurityArgs extends ClusterSecurityArgs {
    /** What that stack gives. */
    readonly bundle: pulumi.Output<JoinBundle>;
    /** Whether the nodes have servers among them: their certificates are of another authority. */
    readonly hasServers: boolean;
}

/**
 * What secures nodes in the cluster of another stack. CA, gossip key and tokens are that one's; of this stack's own is a
 * seed, for the tokens by which its scripts ask each of its agents. When the other stack has replaced any of them, an
 * `up` of this one takes it over.
 */
export class JoinedSecurity implements SecuredCluster {
    public readonly caCertificate: pulumi.Output<string>;
    public readonly managementToken = undefined;
    public readonly joinBundle = undefined;
    public readonly client: ClientIdentity | undefined;
    public readonly ofAgents: AgentSecurity;
    readonly #commands: SecurityCommands;
    readonly #rights: pulumi.Output<ClusterRights>;

    constructor(name: string, args: JoinedSecurityArgs, parent: pulumi.Resource) {
        const { store, recorded, nodes, rotate, hasServers } = args;
        const rotation = { ...firstRotation, ...rotate };
        const access = accessFileOf(store.path, store.owner, name);
        const bundle = pulumi.secret(args.bundle).apply((given) => {
            const problems = joinBundleProblems(given, args);
            return problems.length === 0
                ? given
                : refuse(`${name}-refused`, problems.join("\n"), parent);
        });
        // No more is known by it than that something has changed.
        const joinedDigest = pulumi.unsecret(bundle.apply((given) => digestOf(given, hasServers)));
        this.#commands = new SecurityCommands(name, parent);
        this.#rights = pulumi
            .all([nodes, joinedDigest])
            .apply(([all, digest]) => ({ access, rotation, nodes: all, joinedDigest: digest }));
        const request = pulumi
            .all([this.#rights, this.#commands.makeOnce("seed", rotation.seed), bundle])
            .apply(([rights, seed, given]): AccessRequest => ({
                ...rights,
                datacenter: given.datacenter,
                domain: given.domain,
                seed,
                ca: authorityOf(given, hasServers),
                joined: joinedOf(given),
                ...demanded(args),
            }));
        const written = this.#commands.writeAccess(request, [store.ready, recorded]);
        this.caCertificate = pulumi.unsecret(bundle).caCertificate;
        const renewal = renewalPeriod(new Date());
        const signer = bundle.apply((given) => {
            const authority = authorityOf(given, hasServers);
            return { ca: authority, chain: authority.certificate };
        });
        this.client = this.#commands.makeClient(args, renewal, signer);
        this.ofAgents = {
            access,
            rotation,
            tokens: pulumi.unsecret(bundle.apply(({ tokens }) => countOf(tokens.services))),
            renewal,
            caCertificate: valueAlone(this.caCertificate),
            client: this.client,
            servicesToken: bundle.tokens.services,
            metricsToken: bundle.tokens.metrics,
            written,
            joinedDigest,
        };
    }

    public grant(gates: readonly pulumi.Resource[]): pulumi.Resource {
        return this.#commands.withRights("grant", this.#rights, [this.ofAgents.written, ...gates]);
    }

    public settle(after: readonly pulumi.Resource[], opts: pulumi.CustomResourceOptions): void {
        this.#commands.withRights("settle", this.#rights, after, opts);
    }
}

/**
 * HTTP addresses of the servers of another stack whose cluster is joined.
 *
 * @param join addresses of an open one's.
 * @param bundle what a secured one's stack gives.
 * @param endpoint how the API of these nodes is reached: that of an open one is reached in the same way.
 */
export function externalServers(
    join: readonly string[],
    bundle: pulumi.Output<JoinBundle> | undefined,
    endpoint: ApiEndpoint,
): pulumi.Output<string[]> {
    return bundle === undefined
        ? pulumi.all(join.map((address) => httpAddressOf(address, endpoint)))
        : pulumi.unsecret(bundle).apply(({ servers }) => Object.values(servers));
}

/** Where agents reach servers of a joined cluster that this computer reaches elsewhere, by the host of their API. */
export function peersOfJoined(
    bundle: pulumi.Output<JoinBundle> | undefined,
): pulumi.Output<Readonly<Record<string, string>>> {
    return bundle === undefined
        ? pulumi.output<Record<string, string>>({})
        : pulumi.unsecret(bundle).apply(({ peerAddresses = {} }) => peerAddresses);
}

/** Why a cluster cannot be joined with these arguments, a line each. */
export function joinBundleProblems(
    { datacenter, domain, servers }: Pick<JoinBundle, "datacenter" | "domain" | "servers">,
    own: Pick<ClusterSecurityArgs, "datacenter" | "agentConfig">,
): string[] {
    const ownDomain = domainOf(own.agentConfig);
    return [
        ...(datacenter === own.datacenter
            ? []
            : [
                  `datacenter: got "${own.datacenter}"; the cluster that is joined is the datacenter ` +
                      `"${datacenter}": name that one`,
              ]),
        ...(domain === ownDomain
            ? []
            : [
                  `agentConfig.domain: got "${ownDomain}"; the domain of the cluster that is joined is ` +
                      `"${domain}": name that one`,
              ]),
        ...(Object.keys(servers).length > 0 ? [] : ["the cluster that is joined has no server"]),
    ];
}

function authorityOf(
    { authorities }: JoinBundle,
    hasServers: boolean,
): JoinBundle["authorities"]["client"] {
    return hasServers ? authorities.server : authorities.client;
}

function joinedOf({ servers, caCertificate, gossipKey, tokens }: JoinBundle): JoinedCluster {
    return { servers, caCertificate, gossipKey, tokens };
}

function digestOf(bundle: JoinBundle, hasServers: boolean): string {
    const { certificate } = authorityOf(bundle, hasServers);
    const { caCertificate, gossipKey, tokens } = bundle;
    const { agent, operate, services, metrics } = tokens;
    return sha256([caCertificate, certificate, gossipKey, agent, operate, services, metrics]);
}

/** A number that is another one for other tokens. */
function countOf(token: string): number {
    return Number.parseInt(sha256([token]).slice(0, 12), 16);
}

function sha256(parts: readonly string[]): string {
    return createHash("sha256").update(JSON.stringify(parts)).digest("hex");
}
