import {
    bool,
    computed,
    int,
    labels,
    list,
    map,
    replaces,
    required,
    set,
    text,
    type Schema,
} from "./property.ts";

const single = { single: true } as const;
const named = (terraform: string) => ({ terraform });

/** A limit of a block device. */
const deviceLimits = {
    ...set,
    fields: { path: { ...text, ...required }, rate: { ...int, ...required } },
} as const;

const attachRefused =
    "the embedded providers do not attach to containers; Pulumi's docker plugin does";
const devicesRefused =
    "the embedded providers serve no device requests; Pulumi's docker plugin does";

/** A mount, in Docker's newer form. */
const mounts = {
    ...set,
    ...replaces,
    fields: {
        target: { ...text, ...required },
        source: text,
        type: { ...text, ...required },
        readOnly: bool,
        bindOptions: { ...list, ...single, fields: { propagation: text } },
        volumeOptions: {
            ...list,
            ...single,
            fields: {
                noCopy: bool,
                labels,
                driverName: text,
                driverOptions: map,
                subpath: { ...text, ...replaces },
            },
        },
        tmpfsOptions: {
            ...list,
            ...single,
            ...replaces,
            fields: { sizeBytes: int, mode: int },
        },
    },
} as const;

/** Files that are put into the container before it starts. */
const uploads = {
    ...set,
    ...replaces,
    ...named("upload"),
    fields: {
        content: { ...text, ...replaces },
        contentBase64: { ...text, ...replaces },
        file: { ...text, ...required, ...replaces },
        executable: { ...bool, ...replaces, default: false },
        permissions: { ...text, ...replaces },
        owner: { ...text, ...replaces, default: "" },
        group: { ...text, ...replaces, default: "" },
        source: { ...text, ...replaces },
        sourceHash: { ...text, ...replaces },
    },
} as const;

const volumes = {
    ...set,
    ...replaces,
    fields: {
        fromContainer: { ...text, ...replaces },
        containerPath: { ...text, ...replaces },
        hostPath: { ...text, ...replaces },
        volumeName: { ...text, ...replaces },
        readOnly: { ...bool, ...replaces },
        selinuxRelabel: { ...text, ...replaces },
    },
} as const;

const networksAdvanced = {
    ...set,
    ...replaces,
    fields: {
        name: { ...text, ...required, ...replaces },
        aliases: { ...set, ...replaces },
        ipv4Address: { ...text, ...replaces },
        ipv6Address: { ...text, ...replaces },
        linkLocalIps: { ...set, ...replaces },
        macAddress: { ...text, ...replaces },
        driverOpts: { ...set, ...replaces },
        gwPriority: { ...int, ...replaces },
    },
} as const;

/** What the engine says of the networks that the container is in. */
const networkDatas = {
    ...list,
    ...computed,
    ...named("network_data"),
    fields: {
        networkName: text,
        ipAddress: text,
        ipPrefixLength: int,
        gateway: text,
        globalIpv6Address: text,
        globalIpv6PrefixLength: int,
        ipv6Gateway: text,
        macAddress: text,
    },
} as const;

const healthcheck = {
    ...list,
    ...single,
    ...replaces,
    ...computed,
    fields: {
        tests: { ...list, ...named("test") },
        interval: { ...text, default: "0s" },
        timeout: { ...text, default: "0s" },
        startPeriod: { ...text, default: "0s" },
        startInterval: { ...text, default: "0s" },
        retries: { ...int, default: 0 },
    },
} as const;

/** `docker:index/container:Container`, as Pulumi's docker plugin 5.2.0 has it. */
export const containerSchema: Schema = {
    attach: { ...bool, default: false, refused: attachRefused },
    bridge: { ...text, ...computed },
    capabilities: {
        ...set,
        ...single,
        ...replaces,
        fields: {
            adds: { ...set, ...replaces, ...named("add") },
            drops: { ...set, ...replaces, ...named("drop") },
        },
    },
    cgroupParent: { ...text, ...replaces },
    cgroupnsMode: { ...text, ...replaces },
    command: { ...list, ...replaces, ...computed },
    containerLogs: { ...text, ...computed },
    containerReadRefreshTimeoutMilliseconds: { ...int, default: 15_000 },
    cpuPeriod: int,
    cpuQuota: int,
    cpuSet: text,
    cpuShares: int,
    cpus: { ...text, ...replaces },
    destroyGraceSeconds: int,
    deviceCgroupRules: { ...set, ...replaces },
    deviceReadBps: deviceLimits,
    deviceReadIops: deviceLimits,
    deviceRequests: {
        ...set,
        ...replaces,
        fields: { driver: text, count: int, deviceIds: set, capabilities: set, options: map },
        refused: devicesRefused,
    },
    deviceWriteBps: deviceLimits,
    deviceWriteIops: deviceLimits,
    devices: {
        ...set,
        ...replaces,
        fields: {
            hostPath: { ...text, ...required, ...replaces },
            containerPath: { ...text, ...replaces },
            permissions: { ...text, ...replaces, default: "rwm" },
        },
    },
    dns: { ...set, ...replaces },
    dnsOpts: { ...set, ...replaces },
    dnsSearches: { ...set, ...replaces, ...named("dns_search") },
    domainname: { ...text, ...replaces },
    entrypoints: { ...list, ...replaces, ...computed, ...named("entrypoint") },
    envs: { ...set, ...replaces, ...computed, ...named("env") },
    exitCode: { ...int, ...computed },
    gpus: { ...text, ...replaces, refused: devicesRefused },
    groupAdds: { ...set, ...replaces, ...named("group_add") },
    healthcheck,
    hostname: { ...text, ...replaces, ...computed },
    hosts: {
        ...set,
        ...replaces,
        ...named("host"),
        fields: {
            ip: { ...text, ...required, ...replaces },
            host: { ...text, ...required, ...replaces },
        },
    },
    image: { ...text, ...required, ...replaces },
    init: { ...bool, ...computed },
    ipcMode: { ...text, ...replaces, ...computed },
    labels: { ...labels, ...computed },
    logDriver: { ...text, ...replaces, ...computed },
    logOpts: { ...map, ...replaces },
    logs: { ...bool, default: false, refused: attachRefused },
    maxRetryCount: int,
    memory: int,
    memoryReservation: { ...int, default: 0 },
    memorySwap: int,
    mounts,
    mustRun: { ...bool, default: true },
    name: { ...text, ...required, ...replaces },
    networkDatas,
    networkMode: { ...text, ...replaces, default: "bridge" },
    networksAdvanced,
    pidMode: { ...text, ...replaces },
    platform: { ...text, ...replaces, ...computed },
    ports: {
        ...list,
        ...replaces,
        fields: {
            internal: { ...int, ...required, ...replaces },
            external: { ...int, ...replaces, ...computed },
            ip: { ...text, ...replaces, default: "0.0.0.0" },
            protocol: { ...text, ...replaces, default: "tcp" },
        },
    },
    privileged: { ...bool, ...replaces },
    publishAllPorts: { ...bool, ...replaces },
    readOnly: { ...bool, ...replaces, default: false },
    removeVolumes: { ...bool, default: true },
    restart: { ...text, default: "no" },
    rm: { ...bool, default: false },
    runtime: { ...text, ...replaces, ...computed },
    securityOpts: { ...set, ...replaces, ...computed },
    shmSize: { ...int, ...replaces, ...computed },
    start: { ...bool, default: true },
    stdinOpen: { ...bool, ...replaces, default: false },
    stopSignal: { ...text, ...replaces, ...computed },
    stopTimeout: { ...int, ...replaces, ...computed },
    storageOpts: { ...map, ...replaces },
    sysctls: { ...map, ...replaces },
    tmpfs: map,
    tty: { ...bool, ...replaces, default: false },
    ulimits: {
        ...set,
        ...replaces,
        ...named("ulimit"),
        fields: {
            name: { ...text, ...required, ...replaces },
            soft: { ...int, ...required, ...replaces },
            hard: { ...int, ...required, ...replaces },
        },
    },
    uploads,
    user: { ...text, ...replaces },
    usernsMode: { ...text, ...replaces },
    volumes,
    wait: { ...bool, default: false },
    waitTimeout: { ...int, default: 60 },
    workingDir: { ...text, ...replaces },
};
