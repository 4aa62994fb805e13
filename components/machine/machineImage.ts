import * as docker from "@pulumi/docker";
import type * as pulumi from "@pulumi/pulumi";
import type { ImageRequest } from "../../scripts/protocol/requests.ts";
import type { AgentImage } from "../agent/agentImage.ts";
import { scriptCommand } from "../pulumi/scriptCommand.ts";
import { goesWith, type DockerMachine } from "./dockerMachine.ts";

/** The machine that an image is for. */
export interface MachineEngine {
    readonly machine: DockerMachine;
    /** Provider of the machine's engine, for an image that is pulled. */
    readonly provider: docker.Provider;
    /** What restarts the engine: no image is loaded before that. @default nothing does */
    readonly told?: readonly pulumi.Resource[] | undefined;
}

/** Declares an image on one machine; its containers wait for it. */
export function imageOnMachine(
    name: string,
    image: AgentImage,
    { machine, provider, told = [] }: MachineEngine,
    parent: pulumi.Resource,
): pulumi.Resource {
    const bound = goesWith(machine.command);
    if (image.kind === "pulled") {
        return new docker.RemoteImage(
            name,
            // Kept when the reference changes: the old container still runs on it, and on destroy
            // it goes with its machine.
            { name: image.reference, keepLocally: true },
            { parent, provider, ...bound },
        );
    }
    const { archive, source, reference } = image;
    const request: ImageRequest = {
        store: machine.store.path,
        machine: machine.machineName,
        archive,
        source,
        reference,
    };
    return scriptCommand(
        name,
        { up: "image load", request },
        { parent, dependsOn: [machine.command, ...told], ...bound },
    );
}
