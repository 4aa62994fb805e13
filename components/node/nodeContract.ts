import type { ImageContract } from "../agent/imageContract.ts";
import { imageContractOf } from "../agent/imageContracts.ts";
import type { ConsulNodeArgs } from "./nodeArgs.ts";

/** What the image of a node asks for. */
export function contractOfNode(args: ConsulNodeArgs): ImageContract {
    const { nodeName, agent, secured } = args;
    const security = secured === undefined ? "open" : "full";
    const ports =
        "sharedMachine" in args ? args.sharedMachine.portSettingsOf(nodeName, agent) : agent;
    return imageContractOf(agent.imageFlavour, security, ports);
}
