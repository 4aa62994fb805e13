import type { OneMachine, SeparateMachines } from "../../components/cluster/clusterArgs.ts";
import type { Settings } from "./settings.ts";

/** The nodes as a cluster takes them: each with its machine, or one machine for all. */
export function nodesOf({ servers, clients, oneMachine }: Settings): SeparateMachines | OneMachine {
    const { machine, provision } = (oneMachine ? servers[0] : undefined) ?? {};
    const named = (nodes: Settings["servers"]) => nodes.map(({ name }) => ({ name }));
    return machine === undefined
        ? { servers, clients }
        : { machine, provision, servers: named(servers), clients: named(clients) };
}
