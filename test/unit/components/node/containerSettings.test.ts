import { describe, expect, test } from "vitest";
import {
    containerProblems,
    mebibytes,
    type ContainerSettings,
} from "../../../../components/node/containerSettings.ts";

const memoryRule =
    "MiB, or a text with a unit such as 512m or 2g; at least 128m, for an idle agent uses about 120";
const limitRule = "a whole number from 1024 to 1048576";
const addressRule = "an IP address, or host-gateway for the machine itself";
const folderRule =
    "an absolute path of letters, digits, dots, underscores and dashes, and no folder of the system's own, such as " +
    "/srv/consul";
const dataRule = "hostPath, or volumeDriver with volumeOptions";

test.each([
    [512, 512],
    ["512m", 512],
    ["512MB", 512],
    ["2g", 2048],
    ["524288k", 512],
    ["512", undefined],
    ["a lot", undefined],
    [1.5, undefined],
])("the size %j is %j MiB", (size, expected) => {
    expect(mebibytes(size)).toBe(expected);
});

const good: readonly ContainerSettings[] = [
    {},
    { memory: 128 },
    { memory: "2g", memoryReservation: "512m", fileLimit: 65_536 },
    { logDriver: "journald", logOpts: { tag: "consul" } },
    { logDriver: "grafana/loki-docker-driver:latest" },
    { logOpts: { "max-size": "50m" } },
    { extraHosts: { "vault.example": "10.0.0.9", machine: "host-gateway", six: "fd00::9" } },
    { data: { hostPath: "/srv/consul" } },
    { data: { hostPath: "/mnt/disk-1" } },
    { data: { volumeDriver: "local", volumeOptions: { type: "nfs", device: ":/data" } } },
    { memory: undefined, data: undefined },
];

test.each(good.map((settings) => [settings]))("%j is fine", (settings) => {
    expect(containerProblems(settings)).toEqual([]);
});

describe("what is wrong is said with its path, its value and the rule", () => {
    test.each<[object, ...string[]]>([
        [{ memory: 64 }, `container.memory: got 64; ${memoryRule}`],
        [{ memory: "512" }, `container.memory: got "512"; ${memoryRule}`],
        [{ memory: true }, `container.memory: got true; ${memoryRule}`],
        [
            { memory: "512m", memoryReservation: "1g" },
            'container.memoryReservation: got "1g"; less than container.memory, 512m',
        ],
        [{ fileLimit: 100 }, `container.fileLimit: got 100; ${limitRule}`],
        [{ fileLimit: "all" }, `container.fileLimit: got "all"; ${limitRule}`],
        [
            { logDriver: "JSON file" },
            'container.logDriver: got "JSON file"; a logging driver\'s name, such as json-file or journald',
        ],
        [
            { logOpts: { "max-file": 3 } },
            "container.logOpts.max-file: got 3; a string; put quotes around it",
        ],
        [
            { logDriver: "none", logOpts: { tag: "x" } },
            'container.logOpts: got {"tag":"x"}; nothing: the logging driver none has no options',
        ],
        [
            { extraHosts: { vault: "vault.example" } },
            `container.extraHosts.vault: got "vault.example"; ${addressRule}`,
        ],
        [
            { extraHosts: { "a b": "10.0.0.1" } },
            'container.extraHosts.a b: got "10.0.0.1"; a host name: letters, digits, dots and dashes',
        ],
        [{ data: { hostPath: "srv" } }, `container.data.hostPath: got "srv"; ${folderRule}`],
        [{ data: { hostPath: "/etc/x" } }, `container.data.hostPath: got "/etc/x"; ${folderRule}`],
        [
            { data: { hostPath: "/srv/../x" } },
            `container.data.hostPath: got "/srv/../x"; ${folderRule}`,
        ],
        [
            { data: { hostPath: "/var/lib/docker/x" } },
            `container.data.hostPath: got "/var/lib/docker/x"; ${folderRule}`,
        ],
        [{ data: {} }, `container.data: got {}; ${dataRule}`],
        [
            { data: { hostPath: "/srv/a", volumeDriver: "b" } },
            `container.data: got {"hostPath":"/srv/a","volumeDriver":"b"}; ${dataRule}`,
        ],
        [
            { data: { volumeOptions: { a: "b" } } },
            `container.data: got {"volumeOptions":{"a":"b"}}; ${dataRule}`,
        ],
        [
            { cpus: 2 },
            "container.cpus: got 2; there is no such setting; there are memory, memoryReservation, fileLimit, logDriver, " +
                "logOpts, extraHosts, data",
        ],
    ])("%j", (settings, ...problems) => {
        expect(containerProblems(settings as ContainerSettings)).toEqual(problems);
    });
});
