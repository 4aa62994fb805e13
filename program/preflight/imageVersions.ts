import type { ContainerInfo } from "dockerode";
import {
    judgeStep,
    parseVersion,
    versionOfTag,
    type ConsulVersion,
} from "../../scripts/consul/versions.ts";
import { generationOf } from "../../scripts/machine/machineRecord.ts";
import { ownerLabel, portsLabel, versionLabel } from "../../scripts/protocol/labels.ts";
import type { ReadImage } from "./agentImages.ts";
import type { DeclaredMachine, StackMachines } from "./stackMachines.ts";

/** Milliseconds for an engine to list the agents: one that does not is reported by itself. */
const timeout = 3000;

/** What a change of version comes to, as far as it is known beforehand. */
export interface VersionFindings {
    readonly problems: readonly string[];
    readonly warnings: readonly string[];
}

/**
 * Compares the Consul of the declared images with the one that the agents on the machines run, as far as both tell: by the
 * label that Consul's own images have, or by a tag. What they do not tell, a run asks the agents and the image themselves
 * before it touches any.
 */
export async function versionFindings(
    declared: readonly DeclaredMachine[],
    machines: StackMachines,
    images: ReadonlyMap<string, ReadImage>,
    allowVersion: string,
): Promise<VersionFindings> {
    const found = await Promise.all(
        declared.map(async (one) => {
            const image = images.get(one.name);
            if (image?.version === undefined) {
                return [];
            }
            const running = await runningVersions(one, machines);
            return running.map((version) => ({
                name: one.name,
                path: `${image.path}: got "${image.image}"`,
                ...judgeStep(version, image.version ?? version, allowVersion),
            }));
        }),
    );
    const all = found.flat();
    return {
        problems: gathered(all.map(({ name, path, problem }) => ({ name, path, text: problem }))),
        warnings: gathered(all.map(({ name, path, warning }) => ({ name, path, text: warning }))),
    };
}

/** The same sentence of several nodes as one. */
function gathered(
    all: readonly {
        readonly name: string;
        readonly path: string;
        readonly text: string | undefined;
    }[],
): string[] {
    const names = new Map<string, Set<string>>();
    for (const { name, path, text } of all) {
        if (text !== undefined) {
            const key = `${path}; ${text}`;
            names.set(key, new Set([...(names.get(key) ?? []), name]));
        }
    }
    return [...names].map(([text, of]) => `${text} (${[...of].join(", ")})`);
}

/** What the agents on a machine of this stack run, as far as their containers tell. */
async function runningVersions(
    { name, generation }: Pick<DeclaredMachine, "name" | "generation">,
    machines: StackMachines,
): Promise<ConsulVersion[]> {
    const machine = machines.machine(name);
    try {
        const record = await machine.record();
        if (record?.state !== "made" || generationOf(record) !== generationOf({ generation })) {
            return [];
        }
        const filters = { label: [`${ownerLabel}=${machines.owner}`, portsLabel] };
        const query = encodeURIComponent(JSON.stringify(filters));
        const engine = await machine.engine();
        const found = await engine.ask<readonly ContainerInfo[]>(
            `/containers/json?filters=${query}`,
            { timeout },
        );
        return found.flatMap(({ Labels, Image }) => {
            const version = parseVersion(Labels[versionLabel] ?? "") ?? versionOfTag(Image);
            return version === undefined ? [] : [version];
        });
    } catch {
        return [];
    }
}
