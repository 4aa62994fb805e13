import { describeError } from "../../scripts/system/progress.ts";
import { ensureLabImage, labImageReference, registryBase } from "../../scripts/lab/labImage.ts";
import { aptObstacle } from "./debianPackages.ts";
import { engine, engineSocket, isUnreachable } from "./dockerEngine.ts";
import type { Attempt, Tool } from "./obtain.ts";
import { registryObstacle } from "./reach.ts";

/**
 * The image of the lab machines, on this computer's engine. `pulumi up` makes it as well where it is not there; made
 * with the other tools it is made beside them, and what it lacks is known at once.
 */
export const labImageTool: Tool<string> = {
    name: "Lab machines' image",
    ways: [
        { kind: "find", how: "on the engine", attempt: find },
        {
            kind: "build",
            how: "building it",
            seconds: 180,
            obstacle,
            attempt: async () => {
                const host = `unix://${engineSocket}`;
                const { reference, from } = await ensureLabImage({ host }, () => undefined);
                const base = from === "packages" ? "Debian packages" : registryBase;
                return { got: reference, note: `${reference}, from ${base}` };
            },
        },
    ],
    advice:
        `Make the registry of ${registryBase} reachable for Docker Engine, or run this on a Debian or Ubuntu ` +
        "whose package sources can be reached: docs/lab.md.",
};

async function find(): Promise<Attempt<string>> {
    const reference = labImageReference();
    try {
        const image = await engine.find(`/images/${reference}/json`);
        return image === undefined ? { missed: "none" } : { got: reference, note: reference };
    } catch (error) {
        const missed = describeError(error);
        return isUnreachable(error) ? { missed, later: true } : { missed };
    }
}

/** Neither a registry's Debian nor packages to make one of. */
async function obstacle(): Promise<string | undefined> {
    const reasons = await Promise.all([registryObstacle(registryBase), aptObstacle()]);
    return reasons.includes(undefined) ? undefined : reasons.join("; ");
}
