import type { VolumeInspectInfo } from "dockerode";
import { stopContainer } from "../docker/container.ts";
import { Machine } from "../machine/machine.ts";
import { agentUser, dataDirectory } from "../protocol/agentFiles.ts";
import type { AgentFilesRequest } from "../protocol/security.ts";
import { describeError, progress } from "../system/progress.ts";
import type { NodeVolumes } from "./configVolume.ts";

/** Seconds that an agent may take to stop before its engine kills it; it takes a fraction of one. */
const stopSeconds = 30;

/** What every agent keeps in its data from its first start on: whose it is, is whose all of it is. */
const witness = "node-id";

/**
 * Gives an agent's data to the user that a secured cluster's agent is, where another one has run until now: in an open
 * cluster a bare image runs as root. It is stopped for that, so that no file is added meanwhile, just before its
 * container is replaced.
 *
 * The host's own program does it: a bare image has none for it.
 *
 * @throws Error naming the machine where its host does not do it.
 */
export async function handOverData(
    request: Pick<AgentFilesRequest, "nodeName" | "agent" | "volumes" | "binary">,
    volumes: NodeVolumes,
): Promise<void> {
    if (volumes.agent === undefined || volumes.agent.digest !== undefined) {
        return;
    }
    const has = await volumes.read(`${dataDirectory}/${witness}`);
    if (has === undefined || has.uid === agentUser.uid) {
        return;
    }
    const { nodeName, agent, binary } = request;
    const machine = Machine.of(agent);
    try {
        const engine = await machine.engine();
        const path = `/volumes/${encodeURIComponent(request.volumes.data)}`;
        const folder = folderOf(await engine.ask<VolumeInspectInfo>(path));
        const cli = await machine.cli(binary);
        progress(`${nodeName} stops; its data are given to the user of its new container`);
        await stopContainer(engine, agent.container, stopSeconds);
        await cli.must(["ssh", machine.name, changeOwner(folder)]);
    } catch (error) {
        throw new Error(
            `${nodeName}: on the machine "${agent.machine}" its data cannot be given to the user of its new ` +
                `container: ${describeError(error)}. Run \`pulumi up\` again.`,
            { cause: error },
        );
    }
}

/** Where a volume's files are while no container has it: one that Docker mounts is empty then. */
export function folderOf({
    Mountpoint,
    Options,
}: Pick<VolumeInspectInfo, "Mountpoint" | "Options">): string {
    // The engine has null where there are none, which its types leave out.
    const { o = "", device }: Readonly<Record<string, string>> = Options ?? {};
    return o.split(",").includes("bind") && device !== undefined ? device : Mountpoint;
}

/** The witness comes last: after an interruption all is done once more. */
export function changeOwner(folder: string): string {
    const quoted = `'${folder.replaceAll("'", "'\\''")}'`;
    const owner = `${agentUser.uid}:${agentUser.gid}`;
    const others = `sudo find ${quoted} ! -name ${witness} -exec chown -h ${owner} {} +`;
    return `${others} && sudo chown ${owner} ${quoted}/${witness}`;
}
