import type { VolumeInspectInfo } from "dockerode";
import { volumeName } from "../../components/machine/placement.ts";
import type { DataPlace } from "../../components/node/containerSettings.ts";
import { dataFolder } from "../../components/node/dataVolume.ts";
import type { EngineApi } from "../../scripts/docker/engineApi.ts";
import { generationOf } from "../../scripts/machine/machineRecord.ts";
import type { Settings } from "../settings/settings.ts";
import type { DeclaredMachine, StackMachines } from "./stackMachines.ts";

/** Milliseconds that an engine may take: one that does not answer is reported by itself. */
const timeout = 3000;

/**
 * Nodes that are there, and whose data are at another place than the settings say now: they stay there. Nothing is asked
 * where the settings name no place.
 */
export async function dataPlaceWarnings(
    { container, nodes }: Pick<Settings, "container" | "nodes">,
    declared: readonly DeclaredMachine[],
    machines: StackMachines,
): Promise<string[]> {
    const place = container.data;
    if (place === undefined) {
        return [];
    }
    const found = declared.map(async (one) => {
        const engine = await engineOf(one, machines);
        return Promise.all(
            volumesOn(one.name, nodes).map(async ({ node, volume }) =>
                engine === undefined ? [] : elsewhere(engine, node, volume, place),
            ),
        );
    });
    return (await Promise.all(found)).flat(2);
}

/** The engine of a machine that is there; undefined of one that is to be made. */
async function engineOf(
    { name, generation }: DeclaredMachine,
    machines: StackMachines,
): Promise<EngineApi | undefined> {
    const machine = machines.machine(name);
    const record = await machine.record();
    return record?.state === "made" && generationOf(record) === generationOf({ generation })
        ? machine.engine().catch(() => undefined)
        : undefined;
}

/** The volumes of data on a machine, and whose they are. */
function volumesOn(name: string, nodes: Settings["nodes"]) {
    if (nodes.machine === undefined) {
        return [{ node: name, volume: volumeName }];
    }
    const all = [...nodes.servers, ...(nodes.clients ?? [])];
    return all.map(({ name: node }) => ({ node, volume: `${volumeName}-${node}` }));
}

async function elsewhere(
    engine: EngineApi,
    node: string,
    volume: string,
    place: DataPlace,
): Promise<string[]> {
    const path = `/volumes/${encodeURIComponent(volume)}`;
    const found = await engine.ask<VolumeInspectInfo>(path, { timeout }).catch(() => undefined);
    if (found === undefined || isAt(found, volume, place)) {
        return [];
    }
    return [
        `${node}: its data stay where they are, ${describe(found)}: container.data is for nodes that are made from now on. ` +
            "How to move one: docs/containers.md#moving-data.",
    ];
}

function isAt(found: VolumeInspectInfo, volume: string, place: DataPlace): boolean {
    return "hostPath" in place
        ? deviceOf(found) === dataFolder(place.hostPath, volume)
        : found.Driver === place.volumeDriver;
}

function describe(found: VolumeInspectInfo): string {
    const device = deviceOf(found);
    if (device !== undefined) {
        return `in ${device}`;
    }
    return found.Driver === "local" ? "on a volume" : `on a volume of the driver ${found.Driver}`;
}

function deviceOf({ Options }: VolumeInspectInfo): string | undefined {
    // The engine has null where there are none, which its types leave out.
    const options: Readonly<Record<string, string>> | null = Options;
    return options?.device;
}
