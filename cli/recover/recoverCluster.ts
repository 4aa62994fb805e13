import { mkdir, rename } from "node:fs/promises";
import { join, resolve } from "node:path";
import { evictLimit, evictMember } from "../../scripts/consul/evict.ts";
import { placeContainerFiles, writeContainerFile } from "../../scripts/docker/containerFile.ts";
import type { EngineApi } from "../../scripts/docker/engineApi.ts";
import { Machine } from "../../scripts/machine/machine.ts";
import { agentUser } from "../../scripts/protocol/agentFiles.ts";
import { describeError } from "../../scripts/system/progress.ts";
import { waitFor, type Missing } from "../../scripts/system/waitFor.ts";
import { isHttps } from "../stack/stackClients.ts";
import type { LostQuorum, Survivor } from "./lostQuorum.ts";

/** Seconds that an agent may take to end by itself. */
const stopSeconds = 20;

/** Milliseconds for the survivors to start and elect a leader: seconds, on a busy machine more. */
const electionLimit = 120_000;

/** Where a recovery finds and keeps data. */
export interface RecoverOptions {
    /** The agents' data directory in their containers. */
    readonly dataDirectory: string;
    /** Folder for the copies of the survivors' data. */
    readonly folder: string;
    /** Called with a line for each step. */
    readonly report: (line: string) => void;
}

/**
 * Makes a cluster of the survivors alone, in the way that Consul documents for a lost quorum: while all
 * of them are stopped, each is given the same list of voters, `raft/peers.json`, which it reads once.
 * Their containers stay the same, so the stack shows no change of them. Before that, each one's data are
 * copied out; in the end the lost servers are evicted, and their names are free.
 *
 * @returns the copies, by node name.
 * @throws Error naming the server on which a step failed. It can be run again from the beginning: a
 *     survivor without a quorum changes none of its data.
 */
export async function recoverCluster(
    { survivors, lost }: LostQuorum,
    { dataDirectory, folder, report }: RecoverOptions,
): Promise<Record<string, string>> {
    const place = resolve(folder);
    await mkdir(place, { recursive: true, mode: 0o700 });
    const stamp = new Date().toISOString().replaceAll(/[-:.]/g, "");
    const copies: Record<string, string> = {};
    try {
        for (const survivor of survivors) {
            const { nodeName } = survivor;
            report(`${nodeName}: stopping its agent, and copying its data`);
            await onContainer(survivor, "stop", `?t=${stopSeconds}`);
            const file = join(place, `before-recovery-${nodeName}-${stamp}.tar`);
            await onEngine(survivor, async (engine, container) => {
                await engine.copyOut(container, dataDirectory, `${file}.part`);
                await rename(`${file}.part`, file);
            });
            copies[nodeName] = file;
        }
        for (const survivor of survivors) {
            await onEngine(survivor, (engine, container) =>
                writePeers(engine, container, dataDirectory, survivors),
            );
        }
    } finally {
        // Also after a failure: an agent that stays stopped would be missing without a trace.
        for (const survivor of survivors) {
            report(`${survivor.nodeName}: starting its agent`);
            await onContainer(survivor, "start");
        }
    }
    await waitFor(() => leaderless(survivors), { limit: electionLimit, onChange: report });
    const [contact] = survivors;
    if (contact !== undefined) {
        for (const name of lost) {
            const evict = () => evictMember(name, contact.client);
            await waitFor(evict, { limit: evictLimit, onChange: report });
        }
    }
    return copies;
}

/** Writes a stopped server's list of voters. */
async function writePeers(
    engine: EngineApi,
    container: string,
    dataDirectory: string,
    survivors: readonly Survivor[],
): Promise<void> {
    const folder = `${dataDirectory}/raft`;
    const path = `${folder}/peers.json`;
    const text = peersOf(survivors);
    // An open cluster's agents get their data's owner set when they start, a secured one's do not.
    if (survivors.some(({ client }) => isHttps(client.httpAddress))) {
        const file = { path, text, mode: 0o600, ...agentUser };
        await placeContainerFiles(engine, container, folder, [file]);
    } else {
        await writeContainerFile(engine, container, path, text);
    }
}

/** The list of voters, as a server reads it when it starts. */
function peersOf(survivors: readonly Survivor[]): string {
    const peers = survivors.map(({ id, raftAddress: address }) => ({
        id,
        address,
        non_voter: false,
    }));
    return `${JSON.stringify(peers, null, 2)}\n`;
}

async function onContainer(survivor: Survivor, action: string, query = ""): Promise<void> {
    await onEngine(survivor, async (engine, container) => {
        const path = `/containers/${encodeURIComponent(container)}/${action}${query}`;
        await engine.text(path, { method: "POST", timeout: (stopSeconds + 10) * 1000 });
    });
}

/** Works on a survivor's engine; the message of a failure names the survivor. */
async function onEngine(
    { nodeName, agent }: Survivor,
    work: (engine: EngineApi, container: string) => Promise<void>,
): Promise<void> {
    try {
        await work(await Machine.of(agent).engine(), agent.container);
    } catch (error) {
        throw new Error(`${nodeName}: ${describeError(error)}`, { cause: error });
    }
}

async function leaderless(survivors: readonly Survivor[]): Promise<Missing> {
    for (const { nodeName, client } of survivors) {
        if ((await client.leader()) === "") {
            return `${nodeName} knows no leader yet`;
        }
    }
    return undefined;
}
