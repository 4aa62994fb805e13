import * as pulumi from "@pulumi/pulumi";
import { expect, test } from "vitest";
import { archiveReference } from "../../../../components/agent/agentImage.ts";
import { isLab } from "../../../../components/cluster/clusterArgs.ts";
import { socketPathOf } from "../../../../components/machine/labHost.ts";
import {
    declaredAddress,
    driverFlags,
    identityFlags,
    isGeneric,
    isKnownHost,
} from "../../../../components/machine/machineArgs.ts";

test("a generic host is told by its address alone, where nothing else is said", () => {
    const machine = { driver: "generic", address: "10.0.0.1" } as const;
    expect(driverFlags(machine)).toEqual(["--generic-ip-address=10.0.0.1"]);
    expect(declaredAddress(machine)).toBe("10.0.0.1");
});

test("a generic host takes user, key and ports", () => {
    expect(
        driverFlags({
            driver: "generic",
            address: "10.0.0.1",
            sshUser: "ops",
            sshKey: "keys/id_ops",
            sshPort: 2222,
            enginePort: 2377,
        }),
    ).toEqual([
        "--generic-engine-port=2377",
        "--generic-ip-address=10.0.0.1",
        "--generic-ssh-key=keys/id_ops",
        "--generic-ssh-port=2222",
        "--generic-ssh-user=ops",
    ]);
});

test("virtualbox gets a host-only network that it allows, unless another one is named", () => {
    expect(driverFlags({ driver: "virtualbox" })).toEqual([
        "--virtualbox-hostonly-cidr=192.168.59.1/24",
    ]);
    expect(
        driverFlags({
            driver: "virtualbox",
            memory: 2048,
            cpuCount: 2,
            diskSize: 10000,
            hostonlyCidr: "192.168.60.1/24",
            boot2dockerUrl: "file:///b2d.iso",
        }),
    ).toEqual([
        "--virtualbox-boot2docker-url=file:///b2d.iso",
        "--virtualbox-cpu-count=2",
        "--virtualbox-disk-size=10000",
        "--virtualbox-hostonly-cidr=192.168.60.1/24",
        "--virtualbox-memory=2048",
    ]);
    expect(declaredAddress({ driver: "virtualbox" })).toBeUndefined();
});

test("any other driver's options get its prefix, a list repeats the flag, all are sorted", () => {
    const machine = {
        driver: "amazonec2",
        options: {
            region: "eu-west-1",
            "open-port": ["8500/tcp", "8301/udp"],
            "root-size": 32,
            monitoring: true,
            "keypair-name": "-dashed",
        },
    };
    expect(driverFlags(machine)).toEqual([
        "--amazonec2-keypair-name=-dashed",
        "--amazonec2-monitoring=true",
        "--amazonec2-open-port=8301/udp",
        "--amazonec2-open-port=8500/tcp",
        "--amazonec2-region=eu-west-1",
        "--amazonec2-root-size=32",
    ]);
    expect(declaredAddress(machine)).toBeUndefined();
});

test("the order in which options were written changes no flag", () => {
    const one = driverFlags({ driver: "x", options: { a: 1, b: 2 } });
    expect(driverFlags({ driver: "x", options: { b: 2, a: 1 } })).toEqual(one);
});

test("a driver that is named generic or lab, but has options, is neither", () => {
    expect(isGeneric({ driver: "generic", options: { "ip-address": "10.0.0.1" } })).toBe(false);
    expect(isGeneric({ driver: "generic", address: "10.0.0.1" })).toBe(true);
    expect(isLab({ driver: "lab", options: {} })).toBe(false);
    expect(isLab({ driver: "lab", address: "10.0.0.1" })).toBe(true);
});

test("an archived image is tagged by its content, whatever form its id has", () => {
    const id = "0123456789abcdef0123456789abcdef";
    expect(archiveReference(id)).toBe("consul-machines/agent:0123456789abcdef");
    expect(archiveReference(`sha256:${id}`)).toBe("consul-machines/agent:0123456789abcdef");
});

test("the path of an engine's socket is read from its address", () => {
    expect(socketPathOf("unix:///var/run/docker.sock")).toBe("/var/run/docker.sock");
});

test("a host that is reached elsewhere is connected to there, and stays what it is", () => {
    const machine = { driver: "generic", address: "10.0.0.1" } as const;
    const elsewhere = { ...machine, reach: "db.example.com" } as const;
    expect(driverFlags(elsewhere)).toEqual(["--generic-ip-address=db.example.com"]);
    expect(identityFlags(elsewhere)).toEqual(driverFlags(machine));
    expect(declaredAddress(elsewhere)).toBe("10.0.0.1");
});

test("of a host whose address another resource says, the address is no part of what it is", () => {
    const machine = {
        driver: "generic",
        address: pulumi.output("10.0.0.1"),
        sshPort: 2222,
    } as const;
    expect(isKnownHost(machine)).toBe(false);
    expect(declaredAddress(machine)).toBeUndefined();
    expect(identityFlags(machine)).toEqual(["--generic-ssh-port=2222"]);
});
