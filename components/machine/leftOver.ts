import * as pulumi from "@pulumi/pulumi";
import { EngineApi } from "../../scripts/docker/engineApi.ts";
import { removeLeftOver, type LeftOverKind } from "../../scripts/docker/ownedObjects.ts";
import { Store } from "../../scripts/machine/store.ts";
import type { DockerMachine } from "./dockerMachine.ts";

/** How the engine says that a name is taken. */
const taken = /already in use|already exists/i;

/**
 * A hook for a container or network on a machine. When its create fails because an interrupted run of
 * this stack left one of that name behind, which Pulumi never recorded, it removes that one and tries
 * again. One without this stack's label is not touched, and the create fails.
 */
export function replaceLeftOver(
    name: string,
    { machineName, store }: DockerMachine,
    kind: LeftOverKind = "containers",
): pulumi.ErrorHook {
    const connect = () => new Store(store.path).machine(machineName).engine();
    return leftOverHook(name, kind, store.owner, connect);
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
