import { isIP } from "node:net";
import type { AgentFacts, ClusterFacts, MemberFacts, NodeFacts } from "../facts.ts";
import { signsOf } from "../signs.ts";
import { askAgent } from "./agent.ts";
import { ConsulQuestions } from "./consulQuestions.ts";
import { withKeys } from "./keys.ts";

/** How long the agents are listened to: what goes wrong is mostly logged every second. */
export const listenSeconds = 6;

/**
 * Asks one agent of any cluster, and through it as many others as answer at the address by which it
 * knows them, on the same port. What only a machine's engine can tell is not learned this way.
 *
 * @param httpAddress for example `http://10.0.0.1:8500`.
 * @param seconds how long the agents' logs are listened to.
 */
export async function gatherAddress(
    httpAddress: string,
    seconds: number = listenSeconds,
): Promise<ClusterFacts> {
    const asked = await askAgent(httpAddress);
    const self = asked.self?.name;
    const others = asked.members.filter(({ name, status }) => name !== self && status !== "left");
    const nodes = await Promise.all([
        nodeOf(asked, reachedAt(httpAddress), seconds),
        ...others.map((member) => askMember(member, httpAddress, seconds)),
    ]);
    return { isDeclared: false, nodes: await withKeys(nodes), now: new Date() };
}

async function askMember(
    member: MemberFacts,
    httpAddress: string,
    seconds: number,
): Promise<NodeFacts> {
    const { name, isServer, address } = member;
    const url = new URL(httpAddress);
    url.hostname = address;
    const agent = await askAgent(url.origin);
    // Another one answers at a private address of that agent's: it is not the member that was meant.
    if (agent.self?.name === name) {
        return { ...(await nodeOf(agent, address, seconds)), name, isServer };
    }
    return { ...unseen, name, isServer };
}

const unseen = {
    address: undefined,
    machine: undefined,
    container: undefined,
    agent: undefined,
    signs: [],
    dnsSilence: undefined,
};

async function nodeOf(
    agent: AgentFacts,
    address: string | undefined,
    seconds: number,
): Promise<NodeFacts> {
    const lines =
        agent.self === undefined
            ? []
            : await new ConsulQuestions(agent.httpAddress).listen(seconds * 1000);
    return {
        ...unseen,
        name: agent.self?.name ?? new URL(agent.httpAddress).host,
        isServer: agent.self?.isServer ?? false,
        address,
        agent,
        signs: signsOf(lines, new Date()),
    };
}

/** The address that was asked, where others could ask it too: a name or this computer's own says
 * nothing of how machines reach one another. */
function reachedAt(httpAddress: string): string | undefined {
    const { hostname } = new URL(httpAddress);
    return isIP(hostname) === 4 && !hostname.startsWith("127.") ? hostname : undefined;
}
