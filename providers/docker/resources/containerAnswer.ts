import type { ContainerInspectInfo, HostConfig } from "dockerode";
import type { Properties } from "../../protocol/provider.ts";
import type { Values } from "../schema/state.ts";
import { elementsOf, isObject, isZero, objectsOf } from "../schema/values.ts";
import { goDuration } from "./durations.ts";
import { labelList } from "./labels.ts";

/** What the engine says; the types of its client leave some of it out. */
type Inspected = ContainerInspectInfo & {
    readonly NetworkSettings: { readonly Bridge?: string };
    readonly Config: { readonly StopSignal?: string; readonly StopTimeout?: number | null };
};

const mebibyte = 1024 * 1024;

/**
 * What the engine says of a container, by property.
 *
 * @param known what is declared or was recorded: the plugin asks for some properties only where they are.
 */
export function containerValues(info: Inspected, known: Properties): Values {
    const { Config: config, HostConfig: host, State: state } = info;
    const mustRun = known.mustRun !== false;
    const isDeclared = (name: string) => !isZero(known[name]);
    return {
        ...(state.Running || mustRun ? whereDeclared(isDeclared, { ports: portsOf(info) }) : {}),
        ...(state.Running ? {} : { exitCode: state.ExitCode, mustRun: false }),
        ...whereDeclared(isDeclared, {
            ulimits: (host.Ulimits ?? []).map(({ Name, Soft, Hard }) => ({
                name: Name,
                soft: Soft,
                hard: Hard,
            })),
            devices: devicesOf(host, known.devices),
            pidMode: host.PidMode,
        }),
        ...limits(host),
        ...networking(info),
        ...healthcheckOf(info),
        ...capabilitiesOf(host),
        name: info.Name.replace(/^\/+/, ""),
        rm: host.AutoRemove,
        readOnly: host.ReadonlyRootfs,
        image: String(known.image).startsWith("sha256:") ? info.Image : config.Image,
        hostname: config.Hostname,
        domainname: config.Domainname,
        command: list(config.Cmd),
        entrypoints: list(config.Entrypoint),
        user: config.User,
        securityOpts: list(host.SecurityOpt),
        publishAllPorts: host.PublishAllPorts,
        restart: host.RestartPolicy?.Name,
        maxRetryCount: host.RestartPolicy?.MaximumRetryCount,
        init: host.Init ?? false,
        workingDir: config.WorkingDir,
        runtime: host.Runtime,
        platform: info.Platform,
        mounts: (host.Mounts ?? []).map(mountOf),
        tmpfs: record(host.Tmpfs),
        privileged: host.Privileged,
        deviceCgroupRules: list(host.DeviceCgroupRules),
        logDriver: host.LogConfig?.Type,
        logOpts: isDeclared("logOpts") ? record(host.LogConfig?.Config) : {},
        storageOpts: record(host.StorageOpt),
        usernsMode: host.UsernsMode,
        sysctls: record(host.Sysctls),
        ipcMode: host.IpcMode,
        groupAdds: list(host.GroupAdd),
        tty: config.Tty,
        stdinOpen: config.OpenStdin,
        stopSignal: config.StopSignal ?? "",
        stopTimeout: config.StopTimeout ?? 0,
    };
}

function whereDeclared(isDeclared: (name: string) => boolean, values: Values): Values {
    return Object.fromEntries(Object.entries(values).filter(([name]) => isDeclared(name)));
}

/** Ports in the order of their numbers. */
function portsOf({ NetworkSettings: { Ports } }: Inspected): object[] {
    const bound = Object.entries(record(Ports)).map(([port, bindings]) => {
        const [internal = "", protocol = "tcp"] = port.split("/");
        return { internal: Number(internal), protocol, bindings: objectsOf(bindings) };
    });
    return bound
        .sort((a, b) => a.internal - b.internal)
        .flatMap(({ internal, protocol, bindings }) =>
            bindings.map(({ HostIp, HostPort }) => ({
                internal,
                external: Number(HostPort),
                ip: HostIp,
                protocol,
            })),
        );
}

function networking(info: Inspected): Values {
    const { HostConfig: host, NetworkSettings: settings } = info;
    return {
        bridge: settings.Bridge ?? "",
        dns: list(host.Dns),
        dnsOpts: list(host.DnsOptions),
        dnsSearches: list(host.DnsSearch),
        hosts: list(host.ExtraHosts).map((line) => {
            const [name, ip] = String(line).split(":");
            return { host: name, ip };
        }),
        networkDatas: networksOf(info),
        networkMode: host.NetworkMode,
    };
}

function networksOf({ NetworkSettings: { Networks } }: Inspected): object[] {
    return Object.entries(Networks).map(([networkName, network]) => ({
        networkName,
        ipAddress: network.IPAddress,
        ipPrefixLength: network.IPPrefixLen,
        gateway: network.Gateway,
        globalIpv6Address: network.GlobalIPv6Address,
        globalIpv6PrefixLength: network.GlobalIPv6PrefixLen,
        ipv6Gateway: network.IPv6Gateway,
        macAddress: network.MacAddress,
    }));
}

function limits(host: HostConfig): Values {
    const megabytes = (value = 0) => (value > 0 ? Math.floor(value / mebibyte) : value);
    const devices = (value: unknown) =>
        objectsOf(value).map(({ Path, Rate }) => ({ path: Path, rate: Rate }));
    return {
        memory: megabytes(host.Memory),
        memoryReservation: megabytes(host.MemoryReservation),
        memorySwap: megabytes(host.MemorySwap),
        shmSize: megabytes(host.ShmSize),
        cpuShares: host.CpuShares,
        cpuSet: host.CpusetCpus,
        ...((host.NanoCpus ?? 0) > 0 ? { cpus: String((host.NanoCpus ?? 0) / 1e9) } : {}),
        deviceReadBps: devices(host.BlkioDeviceReadBps),
        deviceReadIops: devices(host.BlkioDeviceReadIOps),
        deviceWriteBps: devices(host.BlkioDeviceWriteBps),
        deviceWriteIops: devices(host.BlkioDeviceWriteIOps),
    };
}

function healthcheckOf({ Config: { Healthcheck } }: Inspected): Values {
    if (Healthcheck === undefined) {
        return {};
    }
    return {
        healthcheck: {
            tests: list(Healthcheck.Test),
            interval: goDuration(Healthcheck.Interval),
            timeout: goDuration(Healthcheck.Timeout),
            startPeriod: goDuration(Healthcheck.StartPeriod),
            startInterval: goDuration(Healthcheck.StartInterval),
            retries: Healthcheck.Retries ?? 0,
        },
    };
}

function capabilitiesOf({ CapAdd, CapDrop }: HostConfig): Values {
    const [adds, drops] = [list(CapAdd), list(CapDrop)];
    return adds.length + drops.length > 0 ? { capabilities: { adds, drops } } : {};
}

/** The path inside is said only where it was declared. */
function devicesOf(host: HostConfig, declared: unknown): object[] {
    const inside = objectsOf(declared);
    return objectsOf(host.Devices).map(({ PathOnHost, PathInContainer, CgroupPermissions }) => {
        const own = inside.find(({ hostPath }) => hostPath === PathOnHost);
        const containerPath = isZero(own?.containerPath) ? "" : PathInContainer;
        return { hostPath: PathOnHost, containerPath, permissions: CgroupPermissions };
    });
}

function mountOf(mount: NonNullable<HostConfig["Mounts"]>[number]): object {
    const { BindOptions: bind, VolumeOptions: volume, TmpfsOptions: tmpfs } = mount;
    return {
        target: mount.Target,
        source: mount.Source,
        type: mount.Type,
        readOnly: mount.ReadOnly,
        bindOptions: bind && { propagation: bind.Propagation },
        volumeOptions: volume && {
            noCopy: volume.NoCopy,
            labels: labelList(volume.Labels),
            driverName: volume.DriverConfig.Name,
            driverOptions: volume.DriverConfig.Options,
        },
        tmpfsOptions: tmpfs && { sizeBytes: tmpfs.SizeBytes, mode: tmpfs.Mode },
    };
}

function list(value: unknown): readonly unknown[] {
    return elementsOf(value);
}

function record(value: unknown): object {
    return isObject(value) ? value : {};
}
