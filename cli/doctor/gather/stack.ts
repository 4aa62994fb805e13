import { Resolver } from "node:dns/promises";
import { dnsPort } from "../../../components/agent/ports.ts";
import { describeError } from "../../../scripts/system/progress.ts";
import type { DeclaredNode, DeclaredNodes } from "../../stack/stackNodes.ts";
import type { ClusterFacts, NodeFacts } from "../facts.ts";
import { askAgent } from "./agent.ts";
import { askContainer } from "./container.ts";
import { withKeys } from "./keys.ts";
import { askMachine } from "./machine.ts";

/** A stack that is up: its nodes as it recorded them, and where its machines are. */
export interface StackPlace {
    readonly nodes: DeclaredNodes;
    /** docker-machine's store, relative to the project. */
    readonly store: string;
}

/** Asks every machine of a stack and every agent; it never fails, and changes nothing. */
export async function gatherStack({ nodes, store }: StackPlace): Promise<ClusterFacts> {
    const now = new Date();
    const gathered = await Promise.all(
        Object.entries(nodes).map(([name, node]) => gatherNode(name, node, store, now)),
    );
    return { isDeclared: true, nodes: await withKeys(gathered), now };
}

async function gatherNode(
    name: string,
    { role, address, httpAddress, machine }: DeclaredNode,
    store: string,
    now: Date,
): Promise<NodeFacts> {
    const [{ facts, engine }, agent] = await Promise.all([
        askMachine(store, machine),
        askAgent(httpAddress),
    ]);
    const asked =
        engine === undefined
            ? undefined
            : await askContainer(engine, name, now).catch(() => undefined);
    return {
        name,
        isServer: role === "server",
        address,
        machine: facts,
        container: asked?.container,
        agent,
        signs: asked?.signs ?? [],
        dnsFailure: agent.self === undefined ? undefined : await dnsFailure(address),
    };
}

/** Why an agent does not resolve the one name that every cluster has. */
async function dnsFailure(address: string): Promise<string | undefined> {
    const resolver = new Resolver({ timeout: 2000, tries: 2 });
    resolver.setServers([`${address}:${dnsPort}`]);
    try {
        await resolver.resolve4("consul.service.consul");
        return undefined;
    } catch (error) {
        return describeError(error);
    }
}
