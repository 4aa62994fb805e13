import { configDirectory } from "../../scripts/protocol/agentFiles.ts";
import { joinFlags, refuseOwnAddress, type AgentFlags } from "./agentCommand.ts";
import { mergedConfig, type AgentConfigArgs, type JsonObject } from "./agentConfig.ts";
import type { ImageContract } from "./imageContract.ts";
import {
    apiPorts,
    dnsPort,
    everyone,
    peerPorts,
    plainEndpoint,
    resolverPort,
    type PortRow,
} from "./ports.ts";

/*
 * progrium/consul with Consul 0.5.2, as its page and its Dockerfile state it (gliderlabs/docker-consul,
 * branch `legacy`). The entry point, `/bin/start`, runs `consul agent -config-dir=/config` with the
 * container's arguments behind it. That folder of the image says: data in /data, clients served on
 * every address, DNS on port 53, other names resolved by 8.8.8.8, the web UI in /ui.
 */

/** What an agent of that image publishes: DNS is on the resolvers' port inside, and the command
 * `consul` has a port of its own, which newer agents do not have. */
export const progriumPorts: readonly PortRow[] = [
    ...peerPorts,
    { port: 8400, protocol: "tcp", roles: everyone, purpose: "RPC of the command consul" },
    ...apiPorts.map((row) => (row.port === dnsPort ? { ...row, internal: resolverPort } : row)),
];

/**
 * The arguments of an agent's container. Its entry point adds `agent`; the addresses to bind, the
 * data's folder and the web UI are in the image's configuration.
 *
 * It joins by `-retry-join`, where the image's page says `-join`: with the latter an agent ends when
 * no server answers yet, and could never start again once the named ones are gone.
 *
 * @throws RangeError when the agent would join itself.
 */
function progriumCommand(flags: AgentFlags): string[] {
    refuseOwnAddress(flags);
    const { role, nodeName, datacenter, advertise, bootstrapExpect, join } = flags;
    return [
        ...(role === "server" ? ["-server"] : []),
        `-node=${nodeName}`,
        `-dc=${datacenter}`,
        `-config-dir=${configDirectory}`,
        `-advertise=${advertise}`,
        ...(bootstrapExpect === undefined ? [] : [`-bootstrap-expect=${bootstrapExpect}`]),
        ...joinFlags(join),
    ];
}

/** Our configuration of such an agent, which is read after the image's own. */
function progriumConfig({ recursors = [], extra }: AgentConfigArgs): JsonObject {
    const base: JsonObject = {
        // `consul exec` lets anyone who reaches one node run commands on all of them.
        disable_remote_exec: true,
        // Its own default too: a stopped container is a restart, and no leave.
        leave_on_terminate: false,
        ...(recursors.length > 0 ? { recursors } : {}),
    };
    return mergedConfig(base, extra);
}

/** The contract of progrium/consul. */
export const progrium: ImageContract = {
    dataDirectory: "/data",
    ports: progriumPorts,
    apiPorts,
    endpoint: plainEndpoint,
    dnsPort,
    command: progriumCommand,
    // A reload drops all services first and ends the agent if one is then refused: every change
    // waits for the next start, in a new container.
    configFiles: (args) => ({ config: progriumConfig(args), reloadable: {} }),
    api: "0.5",
};
