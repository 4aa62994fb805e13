import type { AgentImage } from "../../components/agent/agentImage.ts";
import type { NodeArgs } from "../../components/cluster/clusterArgs.ts";
import type { Settings } from "../settings/settings.ts";
import { chooseImages, readImages } from "./agentImages.ts";
import { versionFindings, type VersionFindings } from "./imageVersions.ts";
import { machineCpus, type MachineCpus } from "./machineCpus.ts";
import type { DeclaredMachine, StackMachines } from "./stackMachines.ts";

/** The images that the settings name, checked. */
export interface CheckedImages extends VersionFindings {
    /** The cluster's; undefined where there is none. */
    readonly image: AgentImage | undefined;
    /** Those of single nodes, by name, where machines of several CPUs are given their own. */
    readonly ofNodes: ReadonlyMap<string, AgentImage>;
}

/**
 * Checks the images of the agents: that they are there, for the CPU of each machine, and of a version to which the agents
 * that run may be changed.
 *
 * @param ofHosts CPUs of the hosts that are to be made machines, as the look at them told.
 */
export async function checkImages(
    sound: Settings,
    declared: readonly DeclaredMachine[],
    machines: StackMachines,
    ofHosts: MachineCpus,
): Promise<CheckedImages> {
    const images = await readImages(sound);
    const isMap = typeof sound.image !== "string";
    // Of a reference that stands for every CPU nothing is to be decided.
    const isAsked = isMap || images.some(({ architecture }) => architecture !== undefined);
    const found = isAsked
        ? await machineCpus(declared, machines, sound)
        : new Map<string, string>();
    // Where one image is for all, the look at a host has said so already.
    const cpus = new Map([...(isMap ? ofHosts : []), ...found]);
    const names = declared.map(({ name }) => name);
    const { ofMachine, problems } = chooseImages(images, names, cpus);
    const versions =
        sound.imageFlavour === "progrium"
            ? { problems: [], warnings: [] }
            : await versionFindings(declared, machines, ofMachine, sound.allowVersion);
    const chosen = [...ofMachine].flatMap(([name, { resolved }]) =>
        resolved === undefined ? [] : [[name, resolved] as const],
    );
    return {
        image: chosen[0]?.[1] ?? images[0]?.resolved,
        ofNodes: new Map(isMap ? chosen : []),
        problems: [...problems, ...versions.problems],
        warnings: versions.warnings,
    };
}

/** The nodes, each with the image of its machine's CPU. */
export function withImages(
    nodes: Settings["nodes"],
    images: ReadonlyMap<string, AgentImage>,
): Settings["nodes"] {
    if (nodes.machine !== undefined || images.size === 0) {
        return nodes;
    }
    const withImage = (node: NodeArgs) => ({ ...node, image: images.get(node.name) });
    const { servers, clients = [] } = nodes;
    return { servers: servers.map(withImage), clients: clients.map(withImage) };
}
