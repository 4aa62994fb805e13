import { isIP } from "node:net";
import { environmentClient } from "../../stack/environmentClient.ts";
import { isHttps } from "../../stack/stackClients.ts";
import type { AgentFacts, ClusterFacts, MemberFacts, NodeFacts } from "../facts.ts";
import { signsOf } from "../signs.ts";
import { askAgent } from "./agent.ts";
import { listen } from "./client.ts";
import { withKeys } from "./keys.ts";

/** Seconds for which the agents' logs are followed: most problems are logged every second. */
const listenSeconds = 6;

/**
 * Asks one agent of any cluster, and through it as many others as answer at the address by which it
 * knows them, on the same port, with what the environment says of the cluster. What only a machine's engine knows is not learned this way.
 *
 * @param httpAddress for example `http://10.0.0.1:8500`.
 * @param seconds for which the agents' logs are followed.
 */
export async function gatherAddress(
    httpAddress: string,
    seconds: number = listenSeconds,
): Promise<ClusterFacts> {
    const asked = await askAgent(environmentClient(httpAddress));
    const self = asked.self?.name;
    const others = asked.members.filter(({ name, status }) => name !== self && status !== "left");
    const nodes = await Promise.all([
        nodeOf(asked, reachedAt(httpAddress), seconds),
        ...others.map((member) => askMember(member, httpAddress, seconds)),
    ]);
    const clientOf = ({ agent }: NodeFacts) => environmentClient(agent?.httpAddress ?? httpAddress);
    return {
        isDeclared: false,
        isSecured: isHttps(httpAddress),
        nodes: await withKeys(nodes, clientOf),
        now: new Date(),
    };
}

async function askMember(
    { name, isServer, address }: MemberFacts,
    httpAddress: string,
    seconds: number,
): Promise<NodeFacts> {
    const url = new URL(httpAddress);
    url.hostname = address;
    const agent = await askAgent(environmentClient(url.origin));
    // At an address that only the first agent's network has, another agent may answer here.
    const found = agent.self?.name === name ? await nodeOf(agent, address, seconds) : { signs: [] };
    return { ...found, name, isServer };
}

async function nodeOf(
    agent: AgentFacts,
    address: string | undefined,
    seconds: number,
): Promise<NodeFacts> {
    const { self, httpAddress } = agent;
    const lines = self === undefined ? [] : await listen(environmentClient(httpAddress), seconds);
    return {
        name: self?.name ?? new URL(httpAddress).host,
        isServer: self?.isServer ?? false,
        address,
        agent,
        signs: signsOf(lines, new Date()),
    };
}

/** The address that was asked, where machines could ask it too; undefined for a name, and for this computer's own. */
function reachedAt(httpAddress: string): string | undefined {
    const { hostname } = new URL(httpAddress);
    return isIP(hostname) === 4 && !hostname.startsWith("127.") ? hostname : undefined;
}
