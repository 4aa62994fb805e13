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
} from "./property.ts";

/** There is at most one. */
export const single = { single: true } as const;

/** Its Terraform name. */
export const named = (terraform: string) => ({ terraform });

/** A limit of a block device. */
export const deviceLimits = {
    ...set,
    fields: { path: { ...text, ...required }, rate: { ...int, ...required } },
} as const;

/** A mount, in Docker's newer form. */
export const mounts = {
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
export const uploads = {
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

export const volumes = {
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

export const networksAdvanced = {
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
export const networkDatas = {
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

export const healthcheck = {
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
