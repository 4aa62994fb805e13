import type { VolumeInspectInfo } from "dockerode";
import { adoptVariable } from "../hosts/facts/hostPlan.ts";
import { Machine } from "../machine/machine.ts";
import type { DataRequest } from "../protocol/requests.ts";
import { progress } from "../system/progress.ts";

/**
 * Makes the folder of a machine that is to have a node's data. What is in it already is used only where the node's volume is
 * there as well: data of an earlier node of this name could put an earlier cluster's contents in place of this one's, and
 * are set aside, never removed.
 *
 * @returns what was done.
 * @throws Error where something foreign is in the folder, or the machine does not make it. Nothing was touched.
 */
export async function prepareData(request: DataRequest): Promise<string> {
    const { nodeName, volume, folder, binary } = request;
    const machine = Machine.of(request);
    const engine = await machine.engine();
    const path = `/volumes/${encodeURIComponent(volume)}`;
    const isMounted = (await engine.find<VolumeInspectInfo>(path)) !== undefined;
    const isTaken = isMounted || process.env[adoptVariable] === "1";
    const cli = await machine.cli(binary);
    const script = preparation(request, isTaken, new Date());
    const { exitCode, stdout, tail } = await cli.call(["ssh", machine.name, script]);
    const [, done = ""] = /^data: (.*)$/m.exec(stdout) ?? [];
    if (exitCode !== 0 || done === "") {
        throw new Error(
            `${nodeName}: the folder ${folder} for its data could not be made on the machine "${machine.name}":\n  ` +
                tail.join("\n  "),
        );
    }
    const [, owner] = /^foreign(?: (.+))?$/.exec(done) ?? [];
    if (done.startsWith("foreign")) {
        const whose = owner === undefined ? "that this program did not put there" : `of ${owner}`;
        throw new Error(
            `${nodeName}: the folder ${folder} on the machine "${machine.name}" has files in it ${whose}; they are left alone. ` +
                "Move them elsewhere, or name another folder in container.data.hostPath.",
        );
    }
    progress(`${nodeName}: ${folder}: ${done}`);
    return done;
}

/** How whose a folder is is told: in a file beside it, so that none of ours is among the agent's. */
function mark({ owner, nodeName }: Pick<DataRequest, "owner" | "nodeName">): string {
    return `${owner} ${nodeName}`;
}

/**
 * What makes the folder, in one call, for a shell on the machine. Every text in it is of letters, digits, slashes, dots,
 * underscores and dashes.
 *
 * @param isTaken whether earlier data of this node's are used as they are.
 */
export function preparation(
    request: Pick<DataRequest, "folder" | "owner" | "nodeName">,
    isTaken: boolean,
    now: Date,
): string {
    const { folder } = request;
    const stamp = now.toISOString().replaceAll(/[-:]|\.\d+/g, "");
    const before = `${folder}.before-${stamp}`;
    const ours = isTaken
        ? 'echo "data: kept"'
        : `mv "$folder" ${before} && mkdir "$folder" && echo "data: made; earlier data are in ${before}"`;
    const steps = [
        `folder=${folder}`,
        `mark="${mark(request)}"`,
        'has=$(cat "$folder.owner" 2>/dev/null)',
        'if [ ! -e "$folder" ] || { [ -d "$folder" ] && [ -z "$(ls -A "$folder")" ]; }; then ' +
            'mkdir -p "$folder" && echo "$mark" > "$folder.owner" && echo "data: made"',
        `elif [ "$has" = "$mark" ]; then ${ours}`,
        'else echo "data: foreign $has"; fi',
    ];
    return `sudo sh -c '${steps.join("; ")}'`;
}
