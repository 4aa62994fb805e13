import { mkdir, rename } from "node:fs/promises";
import { join, resolve } from "node:path";
import { ConsulClient } from "../../scripts/consul/consulClient.ts";
import { writeContainerFile } from "../../scripts/docker/containerFile.ts";
import type { EngineApi } from "../../scripts/docker/engineApi.ts";
import type { LostQuorum, Survivor } from "./lostQuorum.ts";
import { engineOf } from "../../scripts/machine/machineEngine.ts";
import { forgetLimit, stillListed } from "../../scripts/verbs/memberLeave.ts";
import { waitFor } from "../../scripts/system/waitFor.ts";

/** Seconds in which an agent may end by itself. */
const stopSeconds = 20;

/** Time for the survivors to start and elect a leader: seconds, on a busy machine more. */
const electionLimit = 120_000;

/** What a recovery is told. */
export interface RecoverOptions {
    /** The agents' data directory in their containers. */
    readonly dataDirectory: string;
    /** Folder for the copies of the survivors' data. */
    readonly folder: string;
    /** Told what is being done, a line at a time. */
    readonly report: (line: string) => void;
}

/**
 * Makes a cluster of the survivors alone, by the way that Consul documents for a lost quorum: while
 * they are all stopped, each is given the same list of voters, `raft/peers.json`, which it reads
 * once. Their containers stay the same, so the stack has nothing to change about them. Before that,
 * each one's data are copied out; and in the end they forget those that are lost, whose places are
 * free then.
 *
 * @returns the copies, by node name.
 * @throws Error naming the server on which a step failed. Run again, it starts anew: a survivor
 *     without a quorum changes none of its data.
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
            await copyData(survivor, dataDirectory, file);
            copies[nodeName] = file;
        }
        for (const survivor of survivors) {
            await named(survivor, async (engine, container) => {
                const file = `${dataDirectory}/raft/peers.json`;
                await writeContainerFile(engine, container, file, peersOf(survivors));
            });
        }
    } finally {
        // Also after a failure: an agent that is left stopped could be found by nobody.
        for (const survivor of survivors) {
            report(`${survivor.nodeName}: starting its agent`);
            await onContainer(survivor, "start");
        }
    }
    await waitFor(() => withoutLeader(survivors), { limit: electionLimit, onChange: report });
    const contact = new ConsulClient(survivors[0]?.httpAddress ?? "");
    for (const name of lost) {
        await waitFor(() => stillListed(name, contact), { limit: forgetLimit, onChange: report });
    }
    return copies;
}

/** What tells a starting server who votes. */
function peersOf(survivors: readonly Survivor[]): string {
    const peers = survivors.map(({ id, raftAddress: address }) => ({
        id,
        address,
        non_voter: false,
    }));
    return `${JSON.stringify(peers, null, 2)}\n`;
}

async function copyData(survivor: Survivor, dataDirectory: string, file: string): Promise<void> {
    await named(survivor, async (engine, container) => {
        await engine.copyOut(container, dataDirectory, `${file}.part`);
        await rename(`${file}.part`, file);
    });
}

async function onContainer(survivor: Survivor, verb: string, query = ""): Promise<void> {
    await named(survivor, async (engine, container) => {
        const path = `/containers/${encodeURIComponent(container)}/${verb}${query}`;
        await engine.text(path, { method: "POST", timeout: (stopSeconds + 10) * 1000 });
    });
}

/** Works on a survivor's engine; what goes wrong there names the survivor. */
async function named(
    { nodeName, agent }: Survivor,
    work: (engine: EngineApi, container: string) => Promise<void>,
): Promise<void> {
    try {
        await work(await engineOf(agent.store, agent.machine), agent.container);
    } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        throw new Error(`${nodeName}: ${reason}`, { cause: error });
    }
}

async function withoutLeader(survivors: readonly Survivor[]): Promise<string | undefined> {
    for (const { nodeName, httpAddress } of survivors) {
        if ((await new ConsulClient(httpAddress).leader()) === "") {
            return `${nodeName} knows no leader yet`;
        }
    }
    return undefined;
}
