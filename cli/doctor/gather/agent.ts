import { z } from "zod";
import { alive, left } from "../../../scripts/consul/answers.ts";
import type { ConsulClient } from "../../../scripts/consul/consulClient.ts";
import { isRefusal } from "../../../scripts/consul/consulError.ts";
import { describeError } from "../../../scripts/system/progress.ts";
import type { AgentFacts, CatalogFacts, MemberFacts, SelfFacts } from "../facts.ts";
import { ask, leaderOf } from "./client.ts";

const text = z.string();

// Only what names an agent is required: the rest is what older agents do not answer.
const membersSchema = z.array(
    z.object({
        Name: text,
        Addr: text,
        Status: z.number(),
        Tags: z.record(text, text).nullish(),
    }),
);

const selfSchema = z.object({
    Config: z.object({
        NodeName: text,
        NodeID: text.default(""),
        Datacenter: text,
        Server: z.boolean().default(false),
    }),
    Member: z.object({ Addr: text }),
    DebugConfig: z
        .object({
            Bootstrap: z.boolean().default(false),
            BootstrapExpect: z.number().default(0),
            RetryJoinLAN: z.array(text).nullish(),
        })
        .partial()
        .nullish(),
    Stats: z
        .object({
            raft: z.record(text, text).optional(),
            serf_lan: z.record(text, text).optional(),
        })
        .nullish(),
});

const healthSchema = z.object({
    Servers: z.array(z.object({ Name: text, Voter: z.boolean() })).nullish(),
});

const catalogSchema = z.array(
    z.object({ Node: text, ID: text.default(""), Meta: z.record(text, text).nullish() }),
);

const checksSchema = z.array(z.object({ Node: text, CheckID: text }));

/** serf's words for its numbers. */
const statuses: Readonly<Record<number, string>> = {
    [alive]: "alive",
    2: "leaving",
    [left]: "left",
    4: "failed",
};

/** The check by which gossip watches a node. */
const watchId = "serfHealth";

/** Asks one agent everything that shows mistakes; it never fails, and changes nothing. */
export async function askAgent(agent: ConsulClient): Promise<AgentFacts> {
    const { httpAddress } = agent;
    try {
        // Any agent answers this, and without a token.
        const leader = await leaderOf(agent);
        const refusals: string[] = [];
        const answered = async <T>(answer: Promise<T>): Promise<T | undefined> => {
            try {
                return await answer;
            } catch (error) {
                if (isRefusal(error)) {
                    refusals.push(error.message);
                }
                return undefined;
            }
        };
        const [self, members, voters, catalog] = await Promise.all([
            answered(ask(agent, "/v1/agent/self", selfSchema, { right: "agent" })),
            answered(ask(agent, "/v1/agent/members", membersSchema, { right: "agent" })),
            // Without a leader these would not be answered in time.
            leader === "" ? undefined : answered(votersOf(agent)),
            leader === "" ? undefined : answered(catalogOf(agent)),
        ]);
        // By itself alone an agent would look as if it had met no other.
        const isKnown = self !== undefined && (members !== undefined || refusals.length === 0);
        return {
            httpAddress,
            leader,
            refusal: refusals[0],
            self: isKnown ? selfOf(self) : undefined,
            members: byName((members ?? []).map(memberOf)),
            voters,
            catalog,
        };
    } catch (error) {
        return { httpAddress, members: [], unreachable: describeError(error) };
    }
}

async function votersOf(agent: ConsulClient) {
    const path = "/v1/operator/autopilot/health";
    const { Servers } = await ask(agent, path, healthSchema, { alsoFine: [429] });
    return byName((Servers ?? []).map(({ Name, Voter }) => ({ name: Name, isVoter: Voter })));
}

/** An agent lists members and voters in any order. */
function byName<Named extends { readonly name: string }>(found: readonly Named[]): Named[] {
    return found.toSorted((one, other) => one.name.localeCompare(other.name));
}

async function catalogOf(agent: ConsulClient): Promise<CatalogFacts[]> {
    const [nodes, checks] = await Promise.all([
        ask(agent, "/v1/catalog/nodes?stale", catalogSchema),
        ask(agent, "/v1/health/state/any?stale", checksSchema),
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
        isEncrypted: Stats?.serf_lan?.encrypted === "true",
    };
}

/** Raft's configuration as an agent prints it: `[{Suffrage:Voter ID:… Address:…} …]`. */
export function peersOf(configuration: string) {
    return [...configuration.matchAll(/ID:(\S+) Address:([^}\s]+)/g)].map(
        ([, id = "", address = ""]) => ({ id, address }),
    );
}
