import {
    prepareHosts,
    recipeOf,
    removeHosts,
    type HostPlace,
    type Hosts,
} from "../../../cli/bench/hosts.ts";
import { hostOf } from "./host.ts";
import { LabStack } from "./labStack.ts";

/**
 * Prepares hosts as somebody owns them: containers like lab machines, which have Docker and an SSH server, and are no
 * machines yet. Each is started by `start`; `removeHosts` removes them all.
 */
export async function prepareLabHosts(place: HostPlace): Promise<Hosts> {
    // Only to read off how a lab machine is started.
    const pattern = new LabStack(`${place.prefix}-pattern`);
    try {
        await pattern.init();
        pattern.configure({ servers: 1 });
        await pattern.up();
        await removeHosts(place.prefix);
        const recipe = await recipeOf(hostOf(pattern.name, "server-1"));
        return await prepareHosts(place, recipe, new AbortController().signal);
    } finally {
        await pattern.end();
    }
}
