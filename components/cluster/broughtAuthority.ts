import * as pulumi from "@pulumi/pulumi";
import type { KeyPair } from "../../scripts/protocol/security.ts";
import type { AuthorityUse } from "../../scripts/security/broughtAuthority.ts";
import { domainOf } from "../agent/securedContract.ts";
import { refuse } from "../pulumi/refusal.ts";
import { valueAlone } from "../pulumi/valueAlone.ts";
import { isLab, type AuthorityArgs, type ConsulClusterArgs, type NodeArgs } from "./clusterArgs.ts";

/** A CA that is brought, once it is known to be one that can sign for the cluster. */
export interface BroughtAuthority {
    /** Its own certificate, and its private key. Secret. */
    readonly pair: pulumi.Output<KeyPair>;
    /** Certificates that agents show behind their own, PEM. */
    readonly shown: pulumi.Output<string>;
    /** Tells it from another CA. */
    readonly fingerprint: pulumi.Output<string>;
}

/**
 * A CA that a program brings. It fails the run, in a preview too, where it cannot sign the certificates of the cluster's
 * agents.
 */
export function broughtAuthority(
    name: string,
    { certificate, key }: AuthorityArgs,
    use: AuthorityUse,
    parent: pulumi.Resource,
): BroughtAuthority {
    const looked = pulumi.secret(key).apply((pem) => look({ certificate, key: pem }, use));
    const sound = looked.apply((found) =>
        "problems" in found
            ? refuse(`${name}-authority-refused`, found.problems, parent)
            : pulumi.output(found),
    );
    const open = pulumi.unsecret(sound);
    // Its key may come from a resource, of which the nodes' files are to know nothing.
    return { pair: sound.pair, shown: open.shown, fingerprint: valueAlone(open.fingerprint) };
}

/** What a CA is, or what is wrong with it. */
async function look(authority: KeyPair, use: AuthorityUse) {
    const brought = await library();
    const problems = await brought.authorityProblems(authority, use);
    if (problems.length > 0) {
        return { problems: problems.map((problem) => `authority.${problem}.`).join("\n") };
    }
    const { certificate, shown } = brought.broughtChain(authority.certificate);
    const pair = { certificate, key: brought.plainKey(authority.key) };
    return { pair, shown, fingerprint: brought.fingerprintOf(certificate) };
}

/**
 * Why a CA that is brought cannot sign for the agents of a cluster, a line each. No line has any of its key in it.
 *
 * @param authority its certificates and its key.
 */
export async function authorityProblems(authority: KeyPair, use: AuthorityUse): Promise<string[]> {
    return (await library()).authorityProblems(authority, use);
}

/** What a CA is to sign for, as far as it is known before anything is made. */
export function authorityUse(
    cluster: Pick<
        ConsulClusterArgs,
        "datacenter" | "agentConfig" | "servers" | "clients" | "machine"
    >,
): AuthorityUse {
    const { datacenter, agentConfig, servers, clients = [], machine: shared } = cluster;
    const described =
        (role: "server" | "client") => (node: { name: string; machine?: Machine }) => ({
            nodeName: node.name,
            role,
            addresses: addressesOf(shared ?? node.machine),
        });
    return {
        datacenter,
        domain: domainOf(agentConfig),
        nodes: [...servers.map(described("server")), ...clients.map(described("client"))],
    };
}

type Machine = NodeArgs["machine"] | undefined;

/** A machine's address, where the program states it. */
function addressesOf(machine: Machine): string[] {
    if (machine === undefined) {
        return [];
    }
    if (isLab(machine)) {
        return [machine.address];
    }
    const { address, reach } = { address: undefined, reach: undefined, ...machine };
    return [address, reach].filter((place) => typeof place === "string");
}

/** Loaded only where a CA is brought. */
function library() {
    return import("../../scripts/security/broughtAuthority.ts");
}
