import { setTimeout as sleep } from "node:timers/promises";
import { isLab, type NodeArgs } from "../../components/cluster/clusterArgs.ts";
import { defaultDockerHost, socketPathOf } from "../../components/machine/labHost.ts";
import { isGeneric } from "../../components/machine/machineArgs.ts";
import { DockerMachineCli, findBinary } from "../../scripts/machine/dockerMachineCli.ts";
import { EngineApi } from "../../scripts/docker/engineApi.ts";
import { ownerLabel } from "../../scripts/protocol/labels.ts";
import { AnotherAnswers, ownCertificate } from "../../scripts/machine/servedCertificate.ts";
import { storeLayout } from "../../scripts/machine/storeLayout.ts";
import type { StackMachines } from "./takenPorts.ts";

/** What starts machines: this computer's engine those of the lab, docker-machine those of a driver. */
export interface Starters {
    /** The lab's engine; undefined where no machine is a lab machine. */
    readonly lab?: { readonly dockerHost?: string } | undefined;
    /** The docker-machine binary. @default the first one found */
    readonly dockerMachine?: string | undefined;
    /** The Pulumi project, which lab machines' containers are named after. */
    readonly project: string;
}

/** Starts a machine that is stopped. */
export type Start = () => Promise<void>;

/** How long docker-machine may take to tell a machine's state: its driver may ask its provider. */
const askPatience = 5000;

/** How long a machine that was started may take until its engine shows its certificate. */
const startLimit = 90_000;

/** States of docker-machine's in which a machine is not running, and `start` brings it back. */
const stoppedStates = new Set(["Stopped", "Saved"]);

/**
 * What would start a machine that does not answer.
 *
 * @returns undefined where it is not known to be stopped, or, as an existing host, is nothing that could be
 *     started from here.
 */
export async function starterOf(
    { name, machine }: Pick<NodeArgs, "name" | "machine">,
    { store, owner, stack }: StackMachines,
    starters: Starters,
): Promise<Start | undefined> {
    const machineName = `${stack}-${name}`;
    const start = isLab(machine)
        ? await labStarter(`${starters.project}-${machineName}`, owner, starters.lab?.dockerHost)
        : isGeneric(machine)
          ? undefined
          : await driverStarter(store, machineName, starters.dockerMachine);
    return start === undefined
        ? undefined
        : async () => {
              await start();
              await untilShown(store, machineName);
          };
}

/** Of a container that plays a machine, and is this stack's. */
async function labStarter(
    container: string,
    owner: string,
    dockerHost = defaultDockerHost,
): Promise<Start | undefined> {
    const engine = new EngineApi({ socketPath: socketPathOf(dockerHost) });
    const path = `/containers/${encodeURIComponent(container)}`;
    try {
        const { State, Config } = (await engine.ask(`${path}/json`)) as {
            readonly State: { readonly Running: boolean };
            readonly Config: { readonly Labels?: Readonly<Record<string, string>> | null };
        };
        const isStopped = !State.Running && Config.Labels?.[ownerLabel] === owner;
        return isStopped
            ? async () => {
                  await engine.text(`${path}/start`, { method: "POST" });
              }
            : undefined;
    } catch {
        return undefined;
    }
}

async function driverStarter(
    store: string,
    machine: string,
    binary: string | undefined,
): Promise<Start | undefined> {
    try {
        const cli = new DockerMachineCli(await findBinary(binary), storeLayout(store).root);
        const { stdout } = await cli.call(["status", machine], { limit: askPatience });
        return stoppedStates.has(stdout.trim())
            ? async () => {
                  await cli.must(["start", machine], { show: true });
              }
            : undefined;
    } catch {
        return undefined;
    }
}

/** Its certificate is enough, be it for another address: what is wrong with that is mended later. */
async function untilShown(store: string, machine: string): Promise<void> {
    for (const end = Date.now() + startLimit; ;) {
        try {
            await ownCertificate(store, machine, askPatience);
            return;
        } catch (error) {
            if (error instanceof AnotherAnswers) {
                return;
            }
            if (Date.now() > end) {
                throw error;
            }
        }
        await sleep(500);
    }
}
