import * as command from "@pulumi/command";
import type * as pulumi from "@pulumi/pulumi";
import type { PulumiFn } from "@pulumi/pulumi/automation/index.js";
import type { TlsSettings } from "../../../components/agent/agentConfig.ts";
import type { PortSettings } from "../../../components/agent/portSettings.ts";
import { ConsulCluster } from "../../../components/cluster/consulCluster.ts";
import { existingNodes } from "../../../components/cluster/existingNodes.ts";
import type { RolloutArgs } from "../../../components/cluster/rollout.ts";
import type {
    AuthorityArgs,
    ClusterArgs,
    NodeArgs,
} from "../../../components/cluster/clusterArgs.ts";
import type { EngineSettings } from "../../../components/machine/engineSettings.ts";
import type { ContainerSettings } from "../../../components/node/containerSettings.ts";
import { Registrator } from "../../../components/node/registrator.ts";
import type { ServiceArgs } from "../../../components/node/serviceArgs.ts";
import type { Rotation } from "../../../scripts/protocol/security.ts";

/** A cluster in as few words as a test needs. Nodes have names of one letter. */
export interface Sketch {
    /** The servers, for example `abc`. */
    readonly servers: string;
    /** The client agents. @default none */
    readonly clients?: string;
    /** Tag of the image. @default "1" */
    readonly image?: string;
    /**
     * What the machines are: hosts whose addresses the settings give, machines of a cloud that tell
     * their addresses themselves, or lab machines. @default "generic"
     */
    readonly machines?: "generic" | "cloud" | "lab";
    /** Services by node. @default none */
    readonly services?: Readonly<Record<string, readonly ServiceArgs[]>>;
    /** Services of all servers, and of all clients. @default none */
    readonly serverServices?: readonly ServiceArgs[];
    readonly clientServices?: readonly ServiceArgs[];
    /** The node whose machine a registrator watches. @default none */
    readonly registrator?: string;
    /** User that logs in to the hosts named here, in place of the default. @default none */
    readonly users?: Readonly<Record<string, string>>;
    /** Generations beyond their first, by node. @default none */
    readonly generations?: Readonly<Record<string, number>>;
    /** Nodes whose machine is known not to answer, for example `b`. @default none */
    readonly unreachable?: string;
    /** Nodes, by name, that the cluster no longer has in this generation, and whose machine is known not to
     * answer. @default none */
    readonly departed?: Readonly<Record<string, number>>;
    /** Hosts at other addresses than their names say. @default none */
    readonly moved?: Readonly<Record<string, string>>;
    /** Where hosts are reached that are not reached at their addresses. @default none */
    readonly reached?: Readonly<Record<string, string>>;
    /** Hosts whose addresses come from another resource, for example `b`. @default none */
    readonly given?: string;
    /** Ids of hosts that another resource makes. @default none */
    readonly hostIds?: Readonly<Record<string, string>>;
    /** Container that every node takes the place of. @default none */
    readonly adopt?: string;
    /** Folder of the machines' store. @default one that no answer writes to */
    readonly store?: string;
    /** Whether the state keeps the store. @default it does */
    readonly inState?: boolean;
    /** How far it is secured. @default "open" */
    readonly security?: "full" | "open";
    /** Whether that is left unsaid. @default it is said */
    readonly isUnstated?: boolean;
    /** How many times its secrets were replaced. @default once each */
    readonly rotate?: Partial<Rotation>;
    /** The CA that is brought. @default one is made */
    readonly authority?: AuthorityArgs;
    /** The gossip key that is brought. @default it is derived */
    readonly gossipKey?: pulumi.Input<string>;
    /** Files of its agents, its configuration and environment, and which of them are secret. @default none */
    readonly agents?: Pick<
        ClusterArgs,
        "files" | "agentConfig" | "secretEnvironment" | "secretArgs"
    >;
    /** What its engines are told. @default nothing */
    readonly engine?: EngineSettings;
    /** How its agents are run. @default as by default */
    readonly container?: ContainerSettings;
    /** How its agents speak TLS. @default as by default */
    readonly tls?: TlsSettings;
    /** In which steps it changes; the nodes that are there are found in the state. @default as by
     * default */
    readonly rollout?: Omit<RolloutArgs, "existing">;
    /** Which ports they publish. @default Consul's own */
    readonly ports?: PortSettings;
}

/** The address of the lab machines' engine; nothing listens there. */
export const labSocket = "unix:///nowhere/docker.sock";

/** The program that declares a cluster. */
export function cluster(sketch: Sketch): PulumiFn {
    const nodes = (names = "") =>
        Array.from(names).map((name) => ({
            ...node(sketch, name),
            services: sketch.services?.[name],
            generation: sketch.generations?.[name],
            unreachable: sketch.unreachable?.includes(name),
            ...(sketch.adopt === undefined ? {} : { adopt: { container: sketch.adopt } }),
        }));
    return async () => {
        const existing = await existingNodes("consul");
        const made = new ConsulCluster("consul", {
            servers: nodes(sketch.servers),
            clients: nodes(sketch.clients),
            serverServices: sketch.serverServices,
            clientServices: sketch.clientServices,
            datacenter: "dc1",
            image: { kind: "pulled", reference: `consul:${sketch.image ?? "1"}` },
            store: { path: sketch.store ?? "store", inState: sketch.inState },
            security: sketch.isUnstated === true ? undefined : (sketch.security ?? "open"),
            rotate: sketch.rotate,
            authority: sketch.authority,
            gossipKey: sketch.gossipKey,
            ...sketch.agents,
            tls: sketch.tls,
            engine: sketch.engine,
            container: sketch.container,
            rollout: { ...sketch.rollout, existing },
            ...sketch.ports,
            departed: Object.entries(sketch.departed ?? {}).map(([name, generation]) => ({
                name,
                generation,
            })),
            lab:
                sketch.machines === "lab"
                    ? { dockerHost: labSocket, subnet: "10.0.0.0/24" }
                    : undefined,
        });
        if (sketch.registrator !== undefined) {
            new Registrator("consul-watch", {
                node: made.node(sketch.registrator),
                image: { kind: "pulled", reference: "registrator:v7" },
            });
        }
        return {};
    };
}

/** The address of the host below a node, where the settings give it. */
export function addressOf(name: string): string {
    return `10.0.0.${name.charCodeAt(0)}`;
}

/** The endpoint of the engine on that host. */
export function endpointOf(name: string): string {
    return `tcp://${addressOf(name)}:2376`;
}

function node(sketch: Sketch, name: string): NodeArgs {
    const { machines = "generic", users = {}, moved = {}, given = "" } = sketch;
    const address = moved[name] ?? addressOf(name);
    switch (machines) {
        case "generic":
            return {
                name,
                machine: {
                    driver: "generic",
                    address: given.includes(name) ? instanceAddress(name, address) : address,
                    reach: sketch.reached?.[name],
                    hostId: sketch.hostIds?.[name],
                    sshUser: users[name],
                },
            };
        case "lab":
            return { name, machine: { driver: "lab", address } };
        case "cloud":
            return {
                name,
                machine: { driver: "amazonec2", options: { "ssh-user": users[name] ?? "root" } },
            };
    }
}

/** The address of a host that another resource makes: it is known once that is there. */
function instanceAddress(name: string, address: string): pulumi.Output<string> {
    return new command.local.Command(`instance-${name}`, {
        interpreter: ["node"],
        create: "instance up",
        stdin: JSON.stringify({ address }),
    }).stdout;
}
