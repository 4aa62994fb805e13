import type {
    AgentFacts,
    ClusterFacts,
    ContainerFacts,
    MachineFacts,
    MemberFacts,
    NodeFacts,
    SelfFacts,
} from "../../cli/doctor/facts.ts";
import { portsOf } from "../../components/agent/ports.ts";
import type { LogSign, SignKind } from "../../cli/doctor/signs.ts";

/** A node, in the few words by which the cases of a table differ. */
export interface FactsOf {
    readonly isServer?: boolean;
    readonly self?: Partial<SelfFacts>;
    readonly agent?: Partial<AgentFacts>;
    readonly machine?: Partial<MachineFacts>;
    readonly container?: Partial<ContainerFacts> | null;
    readonly signs?: readonly LogSign[];
    readonly dnsFailure?: string;
}

/** A line of a log; its text does not matter to the checks. */
export function sign(kind: SignKind, ...named: string[]): LogSign {
    return { kind, named, line: `a line that shows ${kind}` };
}

/** The id that a server of these facts has. */
export const idOf = (name: string) => `id of ${name}`;

/** The address of the node of this place in the list. */
export const addressAt = (index: number) => `10.0.0.${index + 1}`;

/** What others say of a node. */
export function memberOf(
    name: string,
    index: number,
    over: Partial<MemberFacts> = {},
): MemberFacts {
    const isServer = name.startsWith("s");
    const status = "alive";
    const rest = { id: idOf(name), expect: undefined };
    return { name, address: addressAt(index), status, isServer, ...rest, ...over };
}

/**
 * A healthy cluster of these nodes, those that begin with an s servers, the first one leading; and
 * what differs from that.
 */
export function clusterOf(
    nodes: Readonly<Record<string, FactsOf>>,
    over: Partial<ClusterFacts> = {},
): ClusterFacts {
    const names = Object.keys(nodes);
    const made = Object.entries(nodes).map(([name, facts], index) =>
        nodeOf(name, index, names, facts),
    );
    const now = new Date("2026-01-01T00:00:00Z");
    return { isDeclared: true, isSecured: false, nodes: made, now, ...over };
}

function nodeOf(name: string, index: number, names: readonly string[], facts: FactsOf): NodeFacts {
    const isServer = name.startsWith("s");
    const servers = names.filter((one) => one.startsWith("s"));
    const address = addressAt(index);
    const agent: AgentFacts = {
        httpAddress: `http://${address}:8500`,
        self: {
            name,
            id: idOf(name),
            datacenter: "dc1",
            isServer,
            advertised: address,
            expect: undefined,
            joins: names.filter((one) => one !== name).map((one) => addressAt(names.indexOf(one))),
            peers: isServer
                ? servers.map((one) => {
                      return { id: idOf(one), address: `${addressAt(names.indexOf(one))}:8300` };
                  })
                : [],
            isEncrypted: false,
            ...facts.self,
        },
        members: names.map((one, place) => memberOf(one, place)),
        leader: "10.0.0.1:8300",
        voters: servers.map((one) => ({ name: one, isVoter: true })),
        catalog: names.map((one) => ({ name: one, id: idOf(one), isWatched: true })),
        keys: isServer ? { color: 7 } : undefined,
        ...facts.agent,
    };
    return {
        name,
        isServer,
        address,
        machine: {
            name: `dev-${name}`,
            store: ".state/machines/dev",
            host: address,
            engineVersion: "28.0.0",
            ...facts.machine,
        },
        container:
            facts.container === null ? null : containerOf(isServer, address, facts.container),
        agent,
        signs: facts.signs ?? [],
        dnsFailure: facts.dnsFailure,
    };
}

function containerOf(
    isServer: boolean,
    ip: string,
    over: Partial<ContainerFacts> = {},
): ContainerFacts {
    const published = portsOf(isServer ? "server" : "client").map(({ port, protocol }) => {
        return { port, protocol, ip, hostPort: port };
    });
    return { state: "running", exitCode: 0, error: "", published, lastLines: [], ...over };
}
