import { existingHosts, reachedAt } from "../machine/reached.ts";
import { forgetVariable, isGivenUp } from "../machine/removeMachine.ts";
import { Store } from "../machine/store.ts";
import { beginTeardown } from "../machine/teardownMarker.ts";
import type { TeardownRequest } from "../protocol/requests.ts";
import { entries } from "../system/files.ts";

/**
 * Begins the removal of a whole stack. It comes before all else that is removed, so it is where a removal is refused that
 * could not be led to its end: in a folder without the machines' store, of a stack whose state has nothing of it either;
 * and on a computer that reaches none of the existing hosts, where all would pass for lost, and run on.
 *
 * @param before the answer of before: where Pulumi hands it on, the machines' own answers are handed on as well.
 * @throws Error saying what is missing, and how to bring it.
 */
export async function dissolveCluster(
    request: TeardownRequest,
    before = process.env.PULUMI_COMMAND_STDOUT ?? "",
): Promise<undefined> {
    const { store, owner, inState = before !== "" } = request;
    const opened = new Store(store);
    const isHere = (await entries(opened.layout.certs)).length > 0;
    if (!isHere && !inState && !isGivenUp()) {
        throw new Error(
            `${owner}: docker-machine's store ${store} is not in this folder, so its machines cannot be removed from ` +
                "here; nothing was removed. Run `pulumi preview` first, which lays the store down from the stack's state " +
                "where the state keeps it; or copy the folder from where the stack was brought up (docs/team.md). If " +
                `the machines are gone for good, run this with ${forgetVariable}=1.`,
        );
    }
    const hosts = await existingHosts(opened, owner);
    const reached = await Promise.all(hosts.map(({ place }) => reachedAt(place)));
    const reaches = reached.some(({ kind }) => kind !== "nothing");
    if (hosts.length > 0 && !reaches && !isGivenUp()) {
        const places = hosts.map(({ name, place }) => `${name} (${place.host}:${place.port})`);
        throw new Error(
            `${owner}: nothing answers at any of its hosts: ${places.join(", ")}. This computer may have no way to ` +
                "them, and they run on; nothing was removed. Run this where they are reached; or, if all of them are " +
                `lost, with ${forgetVariable}=1.`,
        );
    }
    return beginTeardown(request, reaches);
}
