import type { z } from "zod";
import { messageOf } from "../../tools/obtain.ts";
import type { AgentFacts, CatalogFacts, MemberFacts, SelfFacts } from "../facts.ts";
import {
    catalogSchema,
    checksSchema,
    healthSchema,
    membersSchema,
    selfSchema,
} from "./consulSchemas.ts";
import { ConsulQuestions, Refused } from "./consulQuestions.ts";

/** serf's words for its numbers. */
const statuses: Readonly<Record<number, string>> = {
    1: "alive",
    2: "leaving",
    3: "left",
    4: "failed",
};

/** The check by which gossip watches over a node. */
const watchId = "serfHealth";

/** Asks one agent everything that tells mistakes; it never fails, and changes nothing. */
export async function askAgent(httpAddress: string): Promise<AgentFacts> {
    const agent = new ConsulQuestions(httpAddress);
    const nothing: AgentFacts = {
        httpAddress,
        silence: undefined,
        refusal: undefined,
        self: undefined,
        members: [],
        leader: undefined,
        voters: undefined,
        catalog: undefined,
        keys: undefined,
    };
    try {
        // Answered to everybody, by any agent that runs at all.
        const leader = await agent.leader();
        const [self, members, voters, catalog] = await Promise.all([
            orRefusal(agent.ask("/v1/agent/self", selfSchema)),
            orNothing(agent.ask("/v1/agent/members", membersSchema)),
            // Without a leader there is nobody to answer these in time.
            leader === "" ? undefined : orNothing(votersOf(agent)),
            leader === "" ? undefined : orNothing(catalogOf(agent)),
        ]);
        const refusal = self instanceof Refused ? self.message : undefined;
        return {
            ...nothing,
            leader,
            refusal,
            self: self instanceof Refused || self === undefined ? undefined : selfOf(self),
            members: byName((members ?? []).map(memberOf)),
            voters,
            catalog,
        };
    } catch (error) {
        return { ...nothing, silence: messageOf(error) };
    }
}

async function votersOf(agent: ConsulQuestions) {
    const { Servers } = await agent.ask("/v1/operator/autopilot/health", healthSchema, [429]);
    return byName(
        (Servers ?? []).map(({ ID, Name, Voter, Healthy }) => {
            return { id: ID, name: Name, isVoter: Voter, isHealthy: Healthy };
        }),
    );
}

/** In one order each time: an agent lists members, and voters, in any. */
function byName<Named extends { readonly name: string }>(found: readonly Named[]): Named[] {
    return found.toSorted((one, other) => one.name.localeCompare(other.name));
}

async function catalogOf(agent: ConsulQuestions): Promise<CatalogFacts[]> {
    const [nodes, checks] = await Promise.all([
        agent.ask("/v1/catalog/nodes?stale", catalogSchema),
        agent.ask("/v1/health/state/any?stale", checksSchema),
    ]);
    const watched = new Set(
        checks.filter(({ CheckID }) => CheckID === watchId).map(({ Node }) => Node),
    );
    // What is registered from outside is meant to have no agent.
    const own = nodes.filter(({ Meta }) => Meta?.["external-node"] !== "true");
    return own.map(({ Node, ID }) => ({ name: Node, id: ID, isWatched: watched.has(Node) }));
}

function memberOf({
    Name,
    Addr,
    Status,
    Tags,
}: z.infer<typeof membersSchema>[number]): MemberFacts {
    const expect = Tags?.bootstrap === "1" ? 1 : Number(Tags?.expect ?? 0);
    return {
        name: Name,
        address: Addr,
        status: statuses[Status] ?? String(Status),
        isServer: Tags?.role === "consul",
        id: Tags?.id,
        expect: expect === 0 ? undefined : expect,
        datacenter: Tags?.dc,
    };
}

function selfOf({ Config, Member, DebugConfig, Stats }: z.infer<typeof selfSchema>): SelfFacts {
    const expect = DebugConfig?.Bootstrap === true ? 1 : (DebugConfig?.BootstrapExpect ?? 0);
    return {
        name: Config.NodeName,
        id: Config.NodeID,
        datacenter: Config.Datacenter,
        isServer: Config.Server,
        advertised: Member.Addr,
        expect: expect === 0 ? undefined : expect,
        joins: DebugConfig?.RetryJoinLAN ?? [],
        peers: peersOf(Stats?.raft?.latest_configuration ?? ""),
    };
}

/** Raft's configuration as an agent prints it: `[{Suffrage:Voter ID:… Address:…} …]`. */
export function peersOf(configuration: string) {
    return [...configuration.matchAll(/ID:(\S+) Address:([^}\s]+)/g)].map(
        ([, id = "", address = ""]) => ({ id, address }),
    );
}

/** What an agent will not say has its own finding. */
function orRefusal<T>(answer: Promise<T>): Promise<T | Refused | undefined> {
    return answer.catch((error: unknown) => (error instanceof Refused ? error : undefined));
}

function orNothing<T>(answer: Promise<T>): Promise<T | undefined> {
    return answer.catch(() => undefined);
}
