import * as pulumi from "@pulumi/pulumi";
import { reloadableFile } from "../../scripts/protocol/agentFiles.ts";
import type { AgentRequest } from "../../scripts/protocol/requests.ts";
import type { ImageContract } from "../agent/imageContract.ts";
import type { DockerMachine, DockerMachineArgs } from "../machine/dockerMachine.ts";
import { declareEngine } from "../machine/engineCommand.ts";
import { containerName, httpAddressOf } from "../machine/placement.ts";
import type { NodeAgentArgs } from "./nodeArgs.ts";

/** The agent of a node that has its machine alone, for what restarts the machine's engine: its quorum is guarded before, and
 * it is waited for afterwards. */
function restartedAgent(
    args: NodeAgentArgs,
    { api, endpoint }: Pick<ImageContract, "api" | "endpoint">,
    { reach, store, machineName: machine }: DockerMachine,
): pulumi.Output<AgentRequest> {
    const { nodeName, role, laterServers: later = [] } = args;
    const joined = args.secured === undefined ? [] : (args.externalServers ?? []);
    return pulumi
        .all([httpAddressOf(reach, endpoint), args.otherServers, joined, args.peerAddresses])
        .apply(([httpAddress, servers, others, peers = {}]): AgentRequest => ({
            nodeName,
            role,
            httpAddress,
            access: args.secured?.access,
            api,
            servers,
            ...(others.length === 0 ? {} : { joined: others }),
            ...(later.length === 0 ? {} : { later }),
            log: { store: store.path, machine, container: containerName },
            binary: store.dockerMachine,
            // It keeps the configuration that it has.
            reloadable: { file: reloadableFile, config: {} },
            ...(Object.keys(peers).length === 0 ? {} : { peerAddresses: peers }),
        }));
}

/** Declares what tells a node's engine its settings: behind the gate of the node before, as all that restarts an agent. */
export function tellNodeEngine(
    name: string,
    args: NodeAgentArgs & DockerMachineArgs,
    contract: Pick<ImageContract, "api" | "endpoint">,
    machine: DockerMachine,
    parent: pulumi.Resource,
): pulumi.Resource[] {
    const { startAfter = [], secured, engineSettled = false } = args;
    const agent = restartedAgent(args, contract, machine);
    const before = [...startAfter, ...(secured === undefined ? [] : [secured.written])];
    // One that does not restart holds up nothing: images are pulled in parallel.
    const after = engineSettled ? [] : before;
    return declareEngine(`${name}-engine`, { args, agent, after }, machine, parent);
}
