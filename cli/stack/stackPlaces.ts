import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { TaskFailure } from "../show/task.ts";
import { backendOf, currentLogin, localBackend, pulumiEnvironment } from "./environment.ts";
import type { StackPlace } from "./openStack.ts";
import { placeOf, type ProgramPlace } from "./stackSettings.ts";

/** The main program's stack that `npm start` brings up. */
export const mainPlace: ProgramPlace = placeOf();

/** Whether an earlier start left a stack. */
export function hasStack({ workFolder }: ProgramPlace = mainPlace): boolean {
    return existsSync(join(workFolder, "Pulumi.yaml"));
}

/** Removes what a stack that was removed leaves: its private settings. */
export function removeWorkFolder({ workFolder }: ProgramPlace = mainPlace): void {
    rmSync(workFolder, { recursive: true, force: true });
}

/**
 * Removes the private settings of a stack that was made in another backend than the present one: there may be one of
 * the same name in each.
 */
export function removeOtherBackends(place: ProgramPlace): void {
    const file = backendFile(place);
    if (existsSync(file) && readFileSync(file, "utf8") !== environmentNow().backend) {
        removeWorkFolder(place);
    }
}

/**
 * Where Pulumi finds the stack that `npm start` made, else one made by hand with `pulumi up` from the program's folder,
 * where the user has a backend of their own; undefined where there is none.
 *
 * @throws TaskFailure where the stack was made in another backend.
 */
export function stackPlaceOf(place: ProgramPlace = mainPlace): StackPlace | undefined {
    const isOurs = hasStack(place);
    const { backend, envVars: environment } = environmentNow();
    if (!isOurs && backend === localBackend) {
        return undefined;
    }
    checkBackend(backend, place);
    const { stackName: stack, workFolder, folder } = place;
    return { stack, environment, workFolder: isOurs ? workFolder : folder };
}

/** The backend that Pulumi uses now, and what it runs with. */
export function environmentNow() {
    const login = currentLogin();
    return {
        backend: backendOf(process.env, login),
        envVars: pulumiEnvironment(process.env, login),
    };
}

/** Names the backend that has the state of the stack that is there. */
export function backendFile({ workFolder }: ProgramPlace): string {
    return join(workFolder, "backend");
}

/** @throws TaskFailure where the stack was made in another backend: in this one there is none. */
export function checkBackend(backend: string, place: ProgramPlace): void {
    const file = backendFile(place);
    const before = existsSync(file) ? readFileSync(file, "utf8") : backend;
    if (before !== backend) {
        throw new TaskFailure(
            `The cluster's state is in "${before}", but this shell uses "${backend}". ` +
                "Log in there, or set PULUMI_BACKEND_URL as it was at the first `npm start`.",
        );
    }
}
