import { dnsPort, httpPort, httpsPort, resolverPort } from "../../components/agent/ports.ts";
import type { StateCluster } from "../stack/stateCluster.ts";
import type { NodeFacts, PublishedPort } from "./facts.ts";

/** What the containers of a cluster's nodes publish, as its state has it, by the nodes' names. */
export function declaredPorts({ containers }: Pick<StateCluster, "containers">) {
    const all = containers.flatMap(({ node, ports }) => {
        const published = ports.map(({ port: hostPort, internal: port, protocol, ip }) => {
            return { port, hostPort, protocol, ip };
        });
        return node === undefined ? [] : [[node, published] as const];
    });
    return new Map<string, readonly PublishedPort[]>(all);
}

/** Port of a node's DNS on its machine's address. */
export function dnsPortOf({ declared = [] }: Pick<NodeFacts, "declared">): number {
    // The resolvers' port is bound besides, after it: to the same address, or to the bridge's.
    const inside = [dnsPort, resolverPort];
    const found = declared.find((one) => inside.includes(one.port) && one.protocol === "udp");
    return found?.hostPort ?? dnsPort;
}

/** Port of a node's API, as far as it is known. */
export function apiPortOf({ agent }: Pick<NodeFacts, "agent">, isSecured: boolean): number {
    const address = agent?.httpAddress ?? "";
    const port = URL.canParse(address) ? new URL(address).port : "";
    return port === "" ? (isSecured ? httpsPort : httpPort) : Number(port);
}
