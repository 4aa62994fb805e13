import { Resolver } from "node:dns/promises";
import { httpPort } from "../../../components/agent/ports.ts";
import type { ConsulClient } from "../../../scripts/consul/consulClient.ts";
import type { AccessFile } from "../../../scripts/security/accessFile.ts";
import { describeError } from "../../../scripts/system/progress.ts";
import { clusterRights } from "../../stack/clusterRights.ts";
import { environmentClient, hasEnvironmentToken } from "../../stack/environmentClient.ts";
import { answererOf, StackClients, type StackCluster } from "../../stack/stackClients.ts";
import type { DeclaredNode, DeclaredNodes } from "../../stack/stackNodes.ts";
import type { ClusterFacts, NodeFacts, PublishedPort } from "../facts.ts";
import { consulPorts } from "../consulPorts.ts";
import { dnsPortOf } from "../publishedPorts.ts";
import { askAgent } from "./agent.ts";
import { askContainer } from "./container.ts";
import { withKeys } from "./keys.ts";
import { askListening } from "./listening.ts";
import { askMachine } from "./machine.ts";
import { askPlainly, askSecurity, askServed } from "./security.ts";

/** A stack that is up: its nodes as it recorded them, and where its machines are. */
export interface StackPlace extends StackCluster {
    readonly nodes: DeclaredNodes;
    /** docker-machine's store, relative to the project. */
    readonly store: string;
    /** What the containers of its nodes publish, by the nodes' names. @default not known */
    readonly declared?: ReadonlyMap<string, readonly PublishedPort[]> | undefined;
}

/** How the agents of a stack are asked. */
interface Asking {
    /** Asks a node's agent; undefined where the rights to ask any are missing. */
    readonly clientOf: ((nodeName: string) => ConsulClient) | undefined;
    /** The stack's own rights; undefined where it is open, or others are used. */
    readonly rights?: AccessFile | undefined;
    readonly failure?: string;
}

/** Asks every machine of a stack and every agent; it never fails, and changes nothing. */
export async function gatherStack(place: StackPlace): Promise<ClusterFacts> {
    const now = new Date();
    const asking = await askingOf(place);
    const { clientOf, rights, failure } = asking;
    const names = Object.keys(place.nodes);
    const gathered = await Promise.all(names.map((name) => gatherNode(name, place, asking, now)));
    const led = gathered.filter(({ agent }) => (agent?.leader ?? "") !== "");
    return {
        isDeclared: true,
        isSecured: place.access !== undefined,
        nodes:
            clientOf === undefined
                ? gathered
                : await withKeys(gathered, ({ name }) => clientOf(name)),
        now,
        accessFailure: failure,
        security:
            clientOf === undefined || rights === undefined || place.access === undefined
                ? undefined
                : await askSecurity(
                      led.map(({ name }) => clientOf(name)),
                      clusterRights({ ...place, access: place.access, rotation: rights.rotation }),
                      rights,
                  ),
    };
}

/** With the stack's own rights a secured cluster is asked; where they are not on this computer, and for an open one,
 * with what the environment has. */
async function askingOf(place: StackPlace): Promise<Asking> {
    const byEnvironment = (name: string) => environmentClient(place.nodes[name]?.httpAddress ?? "");
    if (place.access === undefined) {
        return { clientOf: byEnvironment };
    }
    try {
        const clients = await StackClients.of(place);
        return { clientOf: (name) => clients.of(name), rights: clients.rights };
    } catch (error) {
        return hasEnvironmentToken()
            ? { clientOf: byEnvironment }
            : { clientOf: undefined, failure: describeError(error) };
    }
}

async function gatherNode(
    name: string,
    place: StackPlace,
    { clientOf, rights }: Asking,
    now: Date,
): Promise<NodeFacts> {
    const { role, address, httpAddress, machine, ...node } = place.nodes[name] ?? noNode;
    const { peerHttpAddress = httpAddress } = node;
    const machineAddress = hostOf(peerHttpAddress) ?? address;
    const reach = hostOf(httpAddress) ?? machineAddress;
    const isSecured = place.access !== undefined;
    const declared = place.declared?.get(name);
    const [{ facts, engine }, agent, security] = await Promise.all([
        askMachine(place.store, machine),
        clientOf === undefined ? undefined : askAgent(clientOf(name)),
        isSecured ? gatherSecurity(name, { reach, declared }, place.nodes, rights) : {},
    ]);
    const asked =
        engine === undefined
            ? undefined
            : await askContainer(engine, name, now, isSecured).catch(() => undefined);
    const domain = rights?.domain;
    return {
        name,
        isServer: role === "server",
        address,
        machineAddress,
        declared,
        machine: facts,
        container: asked?.container,
        publishers: asked?.publishers,
        agent,
        signs: asked?.signs ?? [],
        // Where this computer reaches a machine elsewhere, it need not reach its DNS.
        dnsFailure:
            agent?.self === undefined || reach !== machineAddress
                ? undefined
                : await dnsFailure(machineAddress, dnsPortOf({ declared }), domain),
        ...security,
    };
}

const noNode: DeclaredNode = { role: "", address: "", httpAddress: "", machine: "" };

function hostOf(httpAddress: string): string | undefined {
    return URL.canParse(httpAddress) ? new URL(httpAddress).hostname : undefined;
}

/** What an agent shows to anyone. */
async function gatherSecurity(
    name: string,
    { reach, declared = [] }: { readonly reach: string } & Pick<NodeFacts, "declared">,
    nodes: DeclaredNodes,
    rights: AccessFile | undefined,
): Promise<Pick<NodeFacts, "served" | "plainAddress" | "listening">> {
    const httpAddress = nodes[name]?.httpAddress ?? "";
    const [served, plainAddress, listening] = await Promise.all([
        rights && askServed(httpAddress, answererOf(nodes, name), rights),
        // What the stack publishes there is no API without TLS.
        declared.some(isAtPlainPort) ? undefined : askPlainly(httpAddress),
        askListening(reach, portsToAsk(declared)),
    ]);
    return { served, plainAddress, listening };
}

function isAtPlainPort({ hostPort, port, protocol }: PublishedPort): boolean {
    return hostPort === httpPort && port !== httpPort && protocol === "tcp";
}

/** Consul's own TCP ports, and those that the stack publishes. */
function portsToAsk(declared: readonly PublishedPort[]): number[] {
    const own = declared.filter(({ protocol }) => protocol === "tcp");
    return [...new Set([...consulPorts.keys(), ...own.map(({ hostPort }) => hostPort)])];
}

/** Why an agent does not resolve the one name that every cluster has. */
async function dnsFailure(
    address: string,
    port: number,
    domain = "consul",
): Promise<string | undefined> {
    const resolver = new Resolver({ timeout: 2000, tries: 2 });
    resolver.setServers([`${address}:${port}`]);
    try {
        await resolver.resolve4(`consul.service.${domain}`);
        return undefined;
    } catch (error) {
        return describeError(error);
    }
}
