import { forgetVariable } from "../machine/removeMachine.ts";
import { Store } from "../machine/store.ts";
import { beginTeardown } from "../machine/teardownMarker.ts";
import type { TeardownRequest } from "../protocol/requests.ts";
import { entries } from "../system/files.ts";

/**
 * Begins the removal of a whole stack. It comes before all else that is removed, so it is where a removal is refused that
 * could not be led to its end: in a folder without the machines' store, of a stack whose state has nothing of it either.
 *
 * @param before the answer of before: where Pulumi hands it on, the machines' own answers are handed on as well.
 * @throws Error saying what is missing, and how to bring it.
 */
export async function dissolveCluster(
    request: TeardownRequest,
    before = process.env.PULUMI_COMMAND_STDOUT ?? "",
): Promise<undefined> {
    const { store, owner, inState = before !== "" } = request;
    const isHere = (await entries(new Store(store).layout.certs)).length > 0;
    if (!isHere && !inState && process.env[forgetVariable] !== "1") {
        throw new Error(
            `${owner}: docker-machine's store ${store} is not in this folder, so its machines cannot be removed from ` +
                "here; nothing was removed. Run `pulumi preview` first, which lays the store down from the stack's state " +
                "where the state keeps it; or copy the folder from where the stack was brought up (docs/team.md). If " +
                `the machines are gone for good, run this with ${forgetVariable}=1.`,
        );
    }
    return beginTeardown(request);
}
