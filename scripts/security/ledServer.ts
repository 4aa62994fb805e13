import type { ConsulClient } from "../consul/consulClient.ts";
import { lockedOut } from "../consul/consulError.ts";
import type { ClusterRights } from "../protocol/security.ts";
import { describeError, progress, sleep } from "../system/progress.ts";
import { waitFor } from "../system/waitFor.ts";
import type { ClusterClients } from "./clusterClients.ts";

/** Milliseconds for servers that answer to elect a leader, before what needs one is put off. */
const electionLimit = 3000;

/** What an agent said when it was asked for the leader. */
type Answer =
    { readonly agent: ConsulClient; readonly leader: string } | { readonly error: unknown };

/**
 * An agent of the cluster that knows a leader.
 *
 * @param limit milliseconds until there is one.
 * @throws Error with what each agent said instead.
 */
export async function untilLed(
    clients: ClusterClients,
    rights: ClusterRights,
    limit: number,
): Promise<ConsulClient> {
    const found: { agent?: ConsulClient | undefined } = {};
    const check = async () => {
        const answers = await askAll(clients, rights);
        found.agent = ledAgent(answers);
        return found.agent === undefined ? `no leader: ${describe(answers)}` : undefined;
    };
    await waitFor(check, { limit, interval: 100, onChange: progress });
    if (found.agent === undefined) {
        throw new Error("no leader");
    }
    return found.agent;
}

/**
 * An agent of the cluster that knows a leader; undefined where there is none, at once where no agent runs yet.
 */
export async function findLed(
    clients: ClusterClients,
    rights: ClusterRights,
): Promise<ConsulClient | undefined> {
    const end = Date.now() + electionLimit;
    for (;;) {
        const answers = await askAll(clients, rights);
        const agent = ledAgent(answers);
        const isOver = Date.now() > end || answers.every(isSilent);
        if (agent !== undefined || isOver) {
            return agent;
        }
        await sleep(200);
    }
}

/** Asks all servers, another stack's as well where its cluster is joined; where no server is known, the client agents. */
function askAll(clients: ClusterClients, { nodes }: ClusterRights): Promise<Answer[]> {
    const all = Object.entries(nodes).filter(
        // Another node answers at the address of one that is not reached from outside.
        ([name, { askThrough: queryVia = name }]) => queryVia === name,
    );
    const servers = all.filter(([, { role }]) => role === "server");
    const joined = clients.ofJoined();
    const own = servers.length > 0 || joined.length > 0 ? servers : all;
    const agents = [
        ...joined,
        ...own.map(([name, { httpAddress }]) => clients.at(name, httpAddress)),
    ];
    return Promise.all(
        agents.map((agent) =>
            agent.leader().then(
                (leader) => ({ agent, leader }),
                (error: unknown) => ({ error }),
            ),
        ),
    );
}

function ledAgent(answers: readonly Answer[]): ConsulClient | undefined {
    return answers
        .map((answer) => ("leader" in answer && answer.leader !== "" ? answer.agent : undefined))
        .find((agent) => agent !== undefined);
}

function isSilent(answer: Answer): boolean {
    return "error" in answer && lockedOut(answer.error) === undefined;
}

function describe(answers: readonly Answer[]): string {
    const texts = answers.map((answer) =>
        "error" in answer ? describeError(answer.error) : `${answer.agent.httpAddress} knows none`,
    );
    return texts.join("; ");
}
