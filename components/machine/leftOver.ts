import * as pulumi from "@pulumi/pulumi";
import { EngineApi } from "../../scripts/docker/engineApi.ts";
import { removeLeftOver, type LeftOverKind } from "../../scripts/docker/removeLeftOver.ts";
import { engineOf } from "../../scripts/machine/machineEngine.ts";
import type { DockerMachine } from "./dockerMachine.ts";
import type { MachineStore } from "./machineStore.ts";

/** How the engine says that a name is taken. */
const taken = /already in use|already exists/i;

/**
 * A hook for a container or network on a machine: when its create fails because the name is taken by one that
 * an interrupted run of this stack made and Pulumi never recorded, removes that one and tries
 * again. One that does not carry this stack's label is left alone, and the create fails.
 */
export function replaceLeftOver(
    name: string,
    store: MachineStore,
    machine: DockerMachine,
    kind: LeftOverKind = "containers",
): pulumi.ErrorHook {
    return leftOverHook(name, kind, store.owner, () => engineOf(store.path, machine.machineName));
}

/** The same for a container on this computer's own engine. */
export function replaceLeftOverHere(
    name: string,
    owner: string,
    socketPath: string,
): pulumi.ErrorHook {
    const connect = () => Promise.resolve(new EngineApi({ socketPath }));
    return leftOverHook(name, "containers", owner, connect);
}

function leftOverHook(
    name: string,
    kind: LeftOverKind,
    owner: string,
    connect: () => Promise<EngineApi>,
): pulumi.ErrorHook {
    return new pulumi.ErrorHook(`${name}-left-over`, async (args) => {
        const physicalName: unknown = args.newInputs?.name;
        const isTaken = args.failedOperation === "create" && args.errors.some((e) => taken.test(e));
        if (!isTaken || typeof physicalName !== "string") {
            return false;
        }
        return removeLeftOver(await connect(), kind, physicalName, owner);
    });
}
