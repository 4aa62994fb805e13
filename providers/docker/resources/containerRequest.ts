import type { Properties } from "../../protocol/provider.ts";
import { elementsOf, isObject, objectsOf } from "../schema/values.ts";
import { nanoseconds } from "./durations.ts";
import { labelMap } from "./labels.ts";

/** Bytes of a mebibyte, in which memory is declared. */
const mebibyte = 1024 * 1024;

/** The request that creates a container. Null and undefined parts are the engine's to decide. */
export function containerRequest(inputs: Properties): object {
    const ports = bindings(inputs.ports);
    const { binds, paths, from } = volumesOf(inputs.volumes);
    return {
        Image: inputs.image,
        Hostname: inputs.hostname,
        Domainname: inputs.domainname,
        Tty: inputs.tty,
        OpenStdin: inputs.stdinOpen,
        StopSignal: inputs.stopSignal,
        StopTimeout: inputs.stopTimeout,
        Env: inputs.envs,
        Cmd: inputs.command,
        Entrypoint: inputs.entrypoints,
        User: inputs.user,
        ExposedPorts: emptyMap(Object.keys(ports)),
        WorkingDir: inputs.workingDir,
        Labels: labelMap(inputs.labels),
        Healthcheck: healthcheckOf(inputs.healthcheck),
        Volumes: emptyMap(paths),
        HostConfig: hostConfig(inputs, ports, binds, from),
    };
}

function hostConfig(
    inputs: Properties,
    ports: Readonly<Record<string, object[]>>,
    binds: readonly string[],
    volumesFrom: readonly string[],
): object {
    const capabilities = isObject(inputs.capabilities) ? inputs.capabilities : {};
    return {
        Privileged: inputs.privileged,
        PublishAllPorts: inputs.publishAllPorts,
        RestartPolicy: restartPolicy(inputs),
        Runtime: inputs.runtime,
        Mounts: objectsOf(inputs.mounts).map(mountOf),
        AutoRemove: inputs.rm,
        ReadonlyRootfs: inputs.readOnly,
        LogConfig: { Type: inputs.logDriver ?? "", Config: inputs.logOpts ?? {} },
        Tmpfs: inputs.tmpfs,
        PortBindings: ports,
        ExtraHosts: objectsOf(inputs.hosts).map(({ host, ip }) => `${String(host)}:${String(ip)}`),
        Binds: binds,
        VolumesFrom: volumesFrom,
        Ulimits: objectsOf(inputs.ulimits).map(({ name, soft, hard }) => ({
            Name: name,
            Soft: soft,
            Hard: hard,
        })),
        CapAdd: capabilities.adds,
        CapDrop: capabilities.drops,
        Devices: objectsOf(inputs.devices).map(({ hostPath, containerPath, permissions }) => ({
            PathOnHost: hostPath,
            PathInContainer: containerPath ?? hostPath,
            CgroupPermissions: permissions ?? "rwm",
        })),
        DeviceCgroupRules: inputs.deviceCgroupRules,
        ...securityOf(inputs.securityOpts),
        Dns: inputs.dns,
        DnsOptions: inputs.dnsOpts,
        DnsSearch: inputs.dnsSearches,
        ...limitsOf(inputs),
        ShmSize: megabytes(inputs.shmSize),
        NanoCpus: inputs.cpus === undefined ? undefined : Math.round(Number(inputs.cpus) * 1e9),
        CpuPeriod: inputs.cpus === undefined ? inputs.cpuPeriod : undefined,
        CpuQuota: inputs.cpus === undefined ? inputs.cpuQuota : undefined,
        NetworkMode: inputs.networkMode ?? "bridge",
        UsernsMode: inputs.usernsMode,
        PidMode: inputs.pidMode,
        Sysctls: inputs.sysctls,
        IpcMode: inputs.ipcMode,
        GroupAdd: inputs.groupAdds,
        CgroupnsMode: inputs.cgroupnsMode,
        CgroupParent: inputs.cgroupParent,
        Init: inputs.init ?? false,
        StorageOpt: inputs.storageOpts,
    };
}

/** The request that changes a container's limits and restart policy. */
export function updateRequest(inputs: Properties): object {
    return { ...limitsOf(inputs), RestartPolicy: restartPolicy(inputs) };
}

function restartPolicy({ restart, maxRetryCount }: Properties): object {
    return { Name: restart ?? "no", MaximumRetryCount: maxRetryCount ?? 0 };
}

/** What an update can change, too. */
function limitsOf(inputs: Properties): object {
    const limits = (value: unknown) =>
        objectsOf(value).map(({ path, rate }) => ({ Path: path, Rate: rate }));
    return {
        CpuShares: inputs.cpuShares ?? 0,
        CpusetCpus: inputs.cpuSet ?? "",
        Memory: megabytes(inputs.memory) ?? 0,
        MemoryReservation: megabytes(inputs.memoryReservation) ?? 0,
        MemorySwap: megabytes(inputs.memorySwap),
        BlkioDeviceReadBps: limits(inputs.deviceReadBps),
        BlkioDeviceReadIOps: limits(inputs.deviceReadIops),
        BlkioDeviceWriteBps: limits(inputs.deviceWriteBps),
        BlkioDeviceWriteIOps: limits(inputs.deviceWriteIops),
    };
}

/** Bytes; a negative number, which means no limit, as it is. */
function megabytes(value: unknown): number | undefined {
    return typeof value !== "number" ? undefined : value > 0 ? value * mebibyte : value;
}

/** The bindings of each port of the container. */
function bindings(ports: unknown): Record<string, object[]> {
    const all: Record<string, object[]> = {};
    for (const { internal, external, ip = "0.0.0.0", protocol = "tcp" } of objectsOf(ports)) {
        const port = `${String(internal)}/${String(protocol)}`;
        const hostPort = typeof external === "number" ? String(external) : "0";
        all[port] = [...(all[port] ?? []), { HostIp: ip, HostPort: hostPort }];
    }
    return all;
}

function volumesOf(volumes: unknown) {
    const all = objectsOf(volumes);
    const mounted = all.filter(({ containerPath }) => isText(containerPath));
    return {
        paths: mounted.map(({ containerPath }) => String(containerPath)),
        from: all.map(({ fromContainer }) => fromContainer).filter(isText),
        binds: mounted.flatMap(
            ({ hostPath, volumeName, containerPath, readOnly, selinuxRelabel }) => {
                const source = isText(hostPath)
                    ? hostPath
                    : isText(volumeName)
                      ? volumeName
                      : undefined;
                const relabel = isText(selinuxRelabel) ? `,${selinuxRelabel}` : "";
                const mode = `${readOnly === true ? "ro" : "rw"}${relabel}`;
                return source === undefined ? [] : [`${source}:${String(containerPath)}:${mode}`];
            },
        ),
    };
}

function mountOf(mount: Properties): object {
    const { type, target, source, readOnly, bindOptions, volumeOptions, tmpfsOptions } = mount;
    const volume = isObject(volumeOptions) ? volumeOptions : undefined;
    const tmpfs = isObject(tmpfsOptions) ? tmpfsOptions : undefined;
    return {
        Type: type,
        Target: target,
        Source: source ?? "",
        ReadOnly: readOnly ?? false,
        BindOptions: isObject(bindOptions) ? { Propagation: bindOptions.propagation } : undefined,
        VolumeOptions: volume && {
            NoCopy: volume.noCopy ?? false,
            Labels: labelMap(volume.labels),
            DriverConfig: { Name: volume.driverName, Options: volume.driverOptions },
            Subpath: volume.subpath,
        },
        TmpfsOptions: tmpfs && { SizeBytes: tmpfs.sizeBytes, Mode: tmpfs.mode },
    };
}

/** `systempaths=unconfined` is for the client: it unmasks the paths that the engine would mask. */
function securityOf(options: unknown): object {
    const all = elementsOf(options);
    const kept = all.filter((option) => option !== "systempaths=unconfined");
    const unmasked = kept.length < all.length ? { MaskedPaths: [], ReadonlyPaths: [] } : {};
    return { SecurityOpt: kept, ...unmasked };
}

function healthcheckOf(check: unknown): object | undefined {
    if (!isObject(check)) {
        return undefined;
    }
    return {
        Test: check.tests,
        Interval: nanoseconds(check.interval),
        Timeout: nanoseconds(check.timeout),
        StartPeriod: nanoseconds(check.startPeriod),
        StartInterval: nanoseconds(check.startInterval),
        Retries: check.retries ?? 0,
    };
}

function emptyMap(keys: readonly string[]): Record<string, object> {
    return Object.fromEntries(keys.map((key) => [key, {}]));
}

function isText(value: unknown): value is string {
    return typeof value === "string" && value !== "";
}
