import type { Properties } from "../../../providers/protocol/provider.ts";

/** A resource, and what may become of it. */
export interface DockerCase {
    readonly title: string;
    readonly type: string;
    readonly inputs: Properties;
    /** Changed inputs by what changes; undefined is a property that is no longer declared. */
    readonly changes: Readonly<Record<string, Properties>>;
    /** Changes that are carried out, one after another. @default none */
    readonly updates?: readonly string[];
}

const container = "docker:index/container:Container";
const name = "conformance";
/** The networks and volumes that containers are in belong to the test. */
export const sharedNetwork = `${name}-shared`;

const labelled = {
    labels: [
        { label: "b", value: "2" },
        { label: "a", value: "1" },
    ],
};

/** An agent's container, as our components declare it. */
function agent(image: string): DockerCase {
    const health = {
        tests: ["CMD", "consul", "members"],
        interval: "30s",
        timeout: "10s",
        startPeriod: "30s",
        retries: 3,
    };
    const tcp = { internal: 8500, external: 28500, ip: "127.0.0.1", protocol: "tcp" };
    const udp = { internal: 8600, external: 28600, ip: "127.0.0.1", protocol: "udp" };
    return {
        title: "an agent's container",
        type: container,
        inputs: {
            name,
            image,
            command: ["agent", "-dev"],
            hostname: "server-1",
            ports: [tcp, udp],
            volumes: [{ volumeName: `${name}-data`, containerPath: "/consul/data" }],
            uploads: [{ file: "/consul/config/a.json", content: "{}\n" }],
            envs: ["B=2", "A=1"],
            restart: "unless-stopped",
            destroyGraceSeconds: 3,
            healthcheck: health,
            ...labelled,
        },
        changes: {
            nothing: {},
            command: { command: ["agent", "-dev", "-ui"] },
            "a shorter command": { command: ["agent"] },
            "no command": { command: undefined },
            hostname: { hostname: "server-2" },
            image: { image: "another:1" },
            name: { name: `${name}-2` },
            restart: { restart: "always" },
            "no restart": { restart: undefined },
            grace: { destroyGraceSeconds: 5 },
            "no grace": { destroyGraceSeconds: undefined },
            "a check": { healthcheck: { ...health, tests: ["CMD", "consul", "info"] } },
            "a check's interval": { healthcheck: { ...health, interval: "20s" } },
            "no check": { healthcheck: undefined },
            "a variable": { envs: ["A=1", "B=3"] },
            "one more variable": { envs: ["A=1", "B=2", "C=3"] },
            "variables in another order": { envs: ["A=1", "B=2"] },
            "no variables": { envs: [] },
            "undeclared variables": { envs: undefined },
            "a label": {
                labels: [
                    { label: "a", value: "1" },
                    { label: "b", value: "3" },
                ],
            },
            "one label less": { labels: [{ label: "a", value: "1" }] },
            "labels in another order": { labels: [...labelled.labels].reverse() },
            "a port": { ports: [{ ...tcp, external: 28501 }, udp] },
            "an address": { ports: [{ ...tcp, ip: "127.0.0.2" }, udp] },
            "one port less": { ports: [tcp] },
            "one port more": { ports: [tcp, udp, { ...tcp, internal: 8300, external: 28300 }] },
            "ports in another order": { ports: [udp, tcp] },
            "no ports": { ports: undefined },
            "a file": { uploads: [{ file: "/consul/config/a.json", content: "{ }\n" }] },
            "a volume": { volumes: [{ volumeName: "other", containerPath: "/consul/data" }] },
            "a read-only volume": {
                volumes: [
                    { volumeName: `${name}-data`, containerPath: "/consul/data", readOnly: true },
                ],
            },
            memory: { memory: 300 },
            "removed volumes": { removeVolumes: false },
            "a read-only root": { readOnly: true },
            "log options": { logOpts: { "max-size": "1m" } },
            tmpfs: { tmpfs: { "/tmp": "size=1m" } },
            unknown: { hostname: "04da6b54-80e4-46f7-96ec-b56ff0331ba9" },
            "an unknown argument": {
                command: ["agent", "04da6b54-80e4-46f7-96ec-b56ff0331ba9"],
            },
        },
        updates: ["restart", "grace", "tmpfs"],
    };
}

/** A container with most of what can be declared. */
function machine(image: string): DockerCase {
    const inputs = {
        name,
        image,
        command: ["agent", "-dev"],
        networksAdvanced: [{ name: sharedNetwork, ipv4Address: "10.98.7.5", aliases: ["one"] }],
        capabilities: { adds: ["CAP_SYS_NICE", "CAP_NET_ADMIN"], drops: ["CAP_MKNOD"] },
        securityOpts: ["seccomp=unconfined", "apparmor=unconfined"],
        cgroupnsMode: "private",
        volumes: [{ hostPath: "/tmp", containerPath: "/x", readOnly: true }],
        tmpfs: { "/t": "size=1m" },
        dns: ["8.8.8.8", "1.1.1.1"],
        dnsSearches: ["consul"],
        logDriver: "json-file",
        logOpts: { "max-size": "1m" },
        memory: 256,
        memorySwap: 512,
        sysctls: { "net.ipv4.ip_forward": "1" },
        hosts: [{ host: "other", ip: "1.2.3.4" }],
        ulimits: [{ name: "nofile", soft: 1000, hard: 2000 }],
        mounts: [{ type: "tmpfs", target: "/m" }],
        deviceCgroupRules: ["c 1:3 mr"],
        user: "0",
        workingDir: "/tmp",
        entrypoints: ["/bin/consul"],
        readOnly: false,
        init: true,
        stopTimeout: 5,
        shmSize: 32,
        groupAdds: ["5"],
    };
    return {
        title: "a container with most of what can be declared",
        type: container,
        inputs,
        changes: {
            nothing: {},
            "a capability": { capabilities: { adds: ["CAP_SYS_NICE"], drops: ["CAP_MKNOD"] } },
            "no capability": { capabilities: undefined },
            "an address": {
                networksAdvanced: [
                    { name: sharedNetwork, ipv4Address: "10.98.7.6", aliases: ["one"] },
                ],
            },
            "security options": { securityOpts: ["seccomp=unconfined"] },
            "a name server": { dns: ["8.8.8.8"] },
            "no name server": { dns: undefined },
            "a mount": { mounts: [{ type: "tmpfs", target: "/n" }] },
            "one mount more": { mounts: [...inputs.mounts, { type: "tmpfs", target: "/n" }] },
            "a temporary file system": { tmpfs: { "/t": "size=2m" } },
            "log options": { logOpts: { "max-size": "2m" } },
            "no log options": { logOpts: undefined },
            limits: { ulimits: [{ name: "nofile", soft: 1000, hard: 3000 }] },
            user: { user: "1" },
            "no user": { user: undefined },
            "no folder": { workingDir: undefined },
            "no entrypoint": { entrypoints: undefined },
            init: { init: false },
            "the time to stop": { stopTimeout: 6 },
            "kernel parameters": { sysctls: { "net.ipv4.ip_forward": "0" } },
        },
        updates: ["a temporary file system"],
    };
}

/** An agent's container whose settings bound it. */
function bounded(image: string): DockerCase {
    const limit = { name: "nofile", soft: 65_536, hard: 65_536 };
    return {
        title: "an agent's container with limits",
        type: container,
        inputs: {
            name,
            image,
            command: ["agent", "-dev"],
            memory: 512,
            memoryReservation: 256,
            ulimits: [limit],
            hosts: [{ host: "machine", ip: "host-gateway" }],
            logDriver: "json-file",
            logOpts: { "max-size": "10m", "max-file": "3" },
            volumes: [{ volumeName: `${name}-data`, containerPath: "/consul/data" }],
        },
        changes: {
            nothing: {},
            "more memory": { memory: 1024 },
            "no memory": { memory: undefined },
            "no reservation": { memoryReservation: undefined },
            "more files": { ulimits: [{ ...limit, soft: 131_072, hard: 131_072 }] },
            "no limit of files": { ulimits: undefined },
            "another host": { hosts: [{ host: "machine", ip: "10.0.0.9" }] },
            "no hosts": { hosts: undefined },
            "another log": { logDriver: "local" },
            "no log": { logDriver: undefined, logOpts: undefined },
        },
    };
}

/** Every case. @param image one that is on the engine, and runs `agent -dev`. */
export function dockerCases(image: string): DockerCase[] {
    return [
        agent(image),
        machine(image),
        bounded(image),
        {
            title: "a volume that is a folder of the machine",
            type: "docker:index/volume:Volume",
            inputs: {
                name,
                driver: "local",
                driverOpts: { type: "none", o: "bind", device: "/tmp" },
                ...labelled,
            },
            changes: {
                nothing: {},
                "another folder": { driverOpts: { type: "none", o: "bind", device: "/var/tmp" } },
                "no folder": { driver: undefined, driverOpts: undefined },
            },
        },
        {
            title: "a bare container",
            type: container,
            inputs: { name, image, command: ["agent", "-dev"] },
            changes: { nothing: {}, labels: labelled, networkMode: { networkMode: "host" } },
        },
        {
            title: "a container that is not started",
            type: container,
            inputs: { name, image, mustRun: false, start: false },
            changes: { nothing: {}, start: { start: true } },
        },
        {
            title: "a volume",
            type: "docker:index/volume:Volume",
            inputs: { name, ...labelled },
            changes: {
                nothing: {},
                name: { name: `${name}-2` },
                "a label": {
                    labels: [
                        { label: "a", value: "1" },
                        { label: "b", value: "3" },
                    ],
                },
                "no labels": { labels: undefined },
                driver: { driver: "other" },
                "an option": { driverOpts: { type: "tmpfs" } },
                unknown: { name: "04da6b54-80e4-46f7-96ec-b56ff0331ba9" },
            },
        },
        {
            title: "a network",
            type: "docker:index/network:Network",
            inputs: {
                name,
                driver: "bridge",
                ipamConfigs: [{ subnet: "10.98.8.0/24", gateway: "10.98.8.1" }],
                ...labelled,
            },
            changes: {
                nothing: {},
                name: { name: `${name}-2` },
                subnet: { ipamConfigs: [{ subnet: "10.98.9.0/24", gateway: "10.98.9.1" }] },
                "no subnet": { ipamConfigs: undefined },
                labels: { labels: undefined },
                internal: { internal: true },
            },
        },
        {
            title: "an image",
            type: "docker:index/remoteImage:RemoteImage",
            inputs: { name: image, keepLocally: true },
            changes: {
                nothing: {},
                name: { name: "another:1" },
                "no longer kept": { keepLocally: false },
                "a trigger": { pullTriggers: ["sha256:1"] },
            },
            updates: ["no longer kept", "nothing"],
        },
    ];
}
