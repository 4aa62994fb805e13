import { expect, test } from "vitest";
import {
    collidingKeys,
    daemonFlags,
    flagsAfter,
} from "../../../../scripts/hosts/facts/daemonFlags.ts";
import { keepingFlags } from "../../../../scripts/hosts/engineFlags.ts";
import { factsWith } from "../../../support/soundHost.ts";

test("a daemon's flags are read in each way of writing them", () => {
    const words =
        "dockerd -H fd:// -D --bip 10.9.0.1/24 --icc=false --live-restore -Hunix:///x -s=vfs";
    expect(daemonFlags(words.split(" "))).toEqual([
        { name: "host", value: "fd://" },
        { name: "debug", value: "true" },
        { name: "bip", value: "10.9.0.1/24" },
        { name: "icc", value: "false" },
        { name: "live-restore", value: "true" },
        { name: "host", value: "unix:///x" },
        { name: "storage-driver", value: "vfs" },
    ]);
    expect(daemonFlags([])).toEqual([]);
});

test("those that docker-machine sets are left to it, the others are kept or cannot be", () => {
    const words = [
        "dockerd",
        "--host=tcp://0.0.0.0:2375",
        "--label=a=b",
        "--graph=/srv/docker",
        "--containerd=/run/containerd/containerd.sock",
        "--log-opt",
        "tag={{.Name}}",
        "--insecure-registry=registry.lan:5000",
    ];
    expect(flagsAfter(words)).toEqual({
        kept: ["data-root=/srv/docker", "insecure-registry=registry.lan:5000"],
        lost: ["log-opt=tag={{.Name}}"],
        closed: ["tcp://0.0.0.0:2375"],
    });
});

test("a machine's own port is no port that is closed", () => {
    const words = "dockerd -H tcp://0.0.0.0:2376 -H unix:///var/run/docker.sock --tlsverify";
    expect(flagsAfter([...words.split(" "), "--label", "provider=generic"])).toEqual({
        kept: [],
        lost: [],
        closed: [],
    });
});

test.each([
    ["", []],
    ["{}", []],
    ['{"bip": "10.1.0.1/24", "storage-driver": "vfs", "labels": []}', ["storage-driver", "labels"]],
    ["[]", undefined],
    ["{", undefined],
])("of the configuration %j the keys %j collide", (text, keys) => {
    expect(collidingKeys(text)).toEqual(keys);
});

test("a machine is made with its host's storage driver and flags", () => {
    const engine = ["version 28.5.2", "driver vfs", "root /srv/docker"];
    const words = ["/usr/bin/dockerd", "-H", "fd://", "--data-root=/srv/docker"];
    expect(keepingFlags(factsWith({ engine, "dockerd.word": words }))).toEqual([
        "--engine-storage-driver=vfs",
        "--engine-opt=data-root=/srv/docker",
    ]);
    expect(keepingFlags(factsWith({ engine: undefined }))).toEqual([]);
});
