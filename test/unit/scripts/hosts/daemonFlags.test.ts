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
        "--label=provider=acme",
        "--label=a=b",
        "--label",
        "com.example/rack=a7",
        "--label=room=the attic",
        "--graph=/srv/docker",
        "--containerd=/run/containerd/containerd.sock",
        "--log-opt",
        "tag={{.Name}}",
        "--insecure-registry=registry.lan:5000",
    ];
    expect(flagsAfter(words)).toEqual({
        kept: [
            "label=a=b",
            "label=com.example/rack=a7",
            "data-root=/srv/docker",
            "insecure-registry=registry.lan:5000",
        ],
        lost: ["label=room=the attic", "log-opt=tag={{.Name}}"],
        closed: ["tcp://0.0.0.0:2375"],
        replaced: ["provider=acme"],
    });
});

test("a machine's own port and labels are not said to end, and those that it was given are kept", () => {
    const words = "dockerd -H tcp://0.0.0.0:2376 -H unix:///var/run/docker.sock --tlsverify";
    const labels = ["provider=virtualbox", "consul-machines.owner=shop/prod", "rack=a7"];
    const all = [...words.split(" "), ...labels.flatMap((label) => ["--label", label])];
    expect(flagsAfter(all)).toEqual({
        kept: ["label=rack=a7"],
        lost: [],
        closed: [],
        replaced: [],
    });
    expect(flagsAfter(["dockerd", "--label", "provider=generic"]).replaced).toEqual([]);
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

test("a machine is made with its host's storage driver, labels and flags", () => {
    const engine = ["version 28.5.2", "driver vfs", "root /srv/docker"];
    const labels = ["--label", "rack=a7", "--label=provider=acme"];
    const words = ["/usr/bin/dockerd", "-H", "fd://", ...labels, "--data-root=/srv/docker"];
    expect(keepingFlags(factsWith({ engine, "dockerd.word": words }))).toEqual([
        "--engine-storage-driver=vfs",
        "--engine-label=rack=a7",
        "--engine-opt=data-root=/srv/docker",
    ]);
    expect(keepingFlags(factsWith({ engine: undefined }))).toEqual([]);
});
