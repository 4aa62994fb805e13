import { joinFlags, refuseOwnAddress, type AgentFlags } from "../agentCommand.ts";
import { configDirectory } from "../../../scripts/protocol/agentFiles.ts";
import { mergedConfig, type AgentConfigArgs, type JsonObject } from "../agentConfig.ts";
import type { AgentFlavour } from "../imageContract.ts";
import { dnsPort, everyone, httpPort, resolverPort, servers, type PortRow } from "../ports.ts";

/*
 * The contract of progrium/consul, as its page and its Dockerfile state it (gliderlabs/docker-consul,
 * branch `legacy`), with Consul 0.5.2 inside.
 *
 * The entry point, `/bin/start`, runs `consul agent -config-dir=/config` with the container's
 * arguments behind it. That folder of the image's says: data in /data, clients served on every
 * address, DNS on port 53, other names asked of 8.8.8.8, the web UI in /ui.
 */

/** What an agent of that image publishes: DNS is on the resolvers' port inside, and the command
 * `consul` has a port of its own, which today's agents no longer have. */
export const progriumPorts: readonly PortRow[] = [
    { port: 8300, protocol: "tcp", roles: servers, purpose: "server RPC and Raft" },
    { port: 8301, protocol: "tcp", roles: everyone, purpose: "LAN gossip: joins, state exchange" },
    { port: 8301, protocol: "udp", roles: everyone, purpose: "LAN gossip: probes" },
    { port: 8302, protocol: "tcp", roles: servers, purpose: "WAN gossip: joins, state exchange" },
    { port: 8302, protocol: "udp", roles: servers, purpose: "WAN gossip: probes" },
    { port: 8400, protocol: "tcp", roles: everyone, purpose: "RPC of the command consul" },
    { port: httpPort, protocol: "tcp", roles: everyone, purpose: "HTTP API and web UI" },
    { port: dnsPort, internal: resolverPort, protocol: "tcp", roles: everyone, purpose: "DNS" },
    { port: dnsPort, internal: resolverPort, protocol: "udp", roles: everyone, purpose: "DNS" },
];

/**
 * The arguments of an agent's container: those of its entry point, which says `agent` itself, and
 * has the addresses that it binds, the data's folder and the web UI in the image's configuration.
 *
 * It joins by `-retry-join`, where the image's page says `-join`: an agent that is told the latter
 * ends when nobody answers yet, and for ever once those whom it names are gone.
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
        // `consul exec` runs any command on every node, for whoever reaches one of them.
        disable_remote_exec: true,
        // Its own default too; a stopped container is a restart, not a farewell.
        leave_on_terminate: false,
        ...(recursors.length > 0 ? { recursors } : {}),
    };
    return mergedConfig(base, extra);
}

export const progrium: AgentFlavour = {
    dataDirectory: "/data",
    ports: progriumPorts,
    command: progriumCommand,
    // Told to read its files again it drops all services first, and ends if one is then refused:
    // whatever changes is for its next start, in a new container.
    configFiles: (args) => ({ config: progriumConfig(args), reloadable: {} }),
    api: "0.5",
};
