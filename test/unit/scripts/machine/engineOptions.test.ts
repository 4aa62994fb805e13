import { expect, test } from "vitest";
import { configKeysOf, keepingFlags } from "../../../../scripts/hosts/engineFlags.ts";
import {
    createFlags,
    daemonFlagsOf,
    withEngineOptions,
} from "../../../../scripts/machine/engineOptions.ts";
import type { EngineOptions } from "../../../../scripts/protocol/engineOptions.ts";
import { property } from "../../../../scripts/system/json.ts";
import { factsWith, findingsWith } from "../../../support/soundHost.ts";

const options: EngineOptions = {
    mirrors: ["https://mirror.example"],
    insecureRegistries: ["registry.example:5000"],
    env: ["HTTPS_PROXY=http://proxy.example:3128", "NO_PROXY=localhost,10.0.0.0/8"],
    labels: ["zone=a", "consul-machines.engine=0123456789abcdef"],
    flags: ["log-driver=json-file", "log-opt=max-size=50m"],
    making: {
        storageDriver: "btrfs",
        installUrl: "https://get.example",
        flags: ["data-root=/srv/d"],
    },
};

test("a machine is made with flags of docker-machine's", () => {
    expect(createFlags(options)).toEqual([
        "--engine-registry-mirror=https://mirror.example",
        "--engine-insecure-registry=registry.example:5000",
        "--engine-env=HTTPS_PROXY=http://proxy.example:3128",
        "--engine-env=NO_PROXY=localhost,10.0.0.0/8",
        "--engine-label=zone=a",
        "--engine-label=consul-machines.engine=0123456789abcdef",
        "--engine-opt=data-root=/srv/d",
        "--engine-opt=log-driver=json-file",
        "--engine-opt=log-opt=max-size=50m",
        "--engine-storage-driver=btrfs",
        "--engine-install-url=https://get.example",
    ]);
});

test("a daemon is asked about flags of its own", () => {
    expect(daemonFlagsOf(options)).toEqual([
        "--registry-mirror=https://mirror.example",
        "--insecure-registry=registry.example:5000",
        "--label=zone=a",
        "--label=consul-machines.engine=0123456789abcdef",
        "--log-driver=json-file",
        "--log-opt=max-size=50m",
    ]);
    expect(configKeysOf(options)).toEqual([
        "registry-mirrors",
        "insecure-registries",
        "log-driver",
        "log-opts",
        "data-root",
    ]);
});

/** A description as docker-machine writes it, of a host whose Docker had flags of its own. */
const config = `{
    "ConfigVersion": 3,
    "Driver": { "IPAddress": "10.0.0.11", "Labels": ["not an engine's"], "Id": 12345678901234567890 },
    "HostOptions": {
        "EngineOptions": {
            "ArbitraryFlags": ["dns=10.0.0.2", "log-level=warn"],
            "Env": [],
            "InsecureRegistry": null,
            "Labels": ["consul-machines.owner=a/b", "odd=}]\\"{["],
            "RegistryMirror": [],
            "StorageDriver": "overlay2",
            "TlsVerify": true
        },
        "AuthOptions": { "Env": ["other"] }
    }
}`;

function engineIn(text: string) {
    return property(property(JSON.parse(text), "HostOptions"), "EngineOptions");
}

test("docker-machine's description gets other options of the engine, and nothing else", () => {
    const told = withEngineOptions(config, undefined, options);

    expect(engineIn(told)).toEqual({
        ArbitraryFlags: ["dns=10.0.0.2", "log-level=warn", ...options.flags],
        Env: options.env,
        InsecureRegistry: options.insecureRegistries,
        Labels: ["consul-machines.owner=a/b", 'odd=}]"{[', ...options.labels],
        RegistryMirror: options.mirrors,
        StorageDriver: "overlay2",
        TlsVerify: true,
    });
    // A number that JavaScript's are too small for, and lists of the same names elsewhere.
    expect(told).toContain("12345678901234567890");
    expect(told).toContain('"Labels": ["not an engine\'s"]');
    expect(told).toContain('"AuthOptions": { "Env": ["other"] }');
});

test("and back: what was there before is what is left", () => {
    const told = withEngineOptions(config, undefined, options);
    const other = { ...options, mirrors: ["https://other.example"], env: [] };

    expect(engineIn(withEngineOptions(told, options, undefined))).toEqual({
        ...(engineIn(config) as object),
        InsecureRegistry: [],
    });
    expect(engineIn(withEngineOptions(told, options, other))).toMatchObject({
        RegistryMirror: ["https://other.example"],
        Env: [],
    });
    expect(withEngineOptions(config, undefined, undefined)).toBe(config);
});

test("a description that lacks lists gets them, and one without an engine is refused", () => {
    expect(
        engineIn(withEngineOptions('{"HostOptions":{"EngineOptions":{}}}', undefined, options)),
    ).toMatchObject({ RegistryMirror: options.mirrors, Labels: options.labels });
    expect(() => withEngineOptions("{}", undefined, options)).toThrow(
        new Error("docker-machine's description of it has no engine options"),
    );
});

const started = (...words: string[]) => ({
    "dockerd.word": ["/usr/bin/dockerd", "-H", "fd://", ...words],
});

test("of a host's own flags those stay that are not stated in another way", () => {
    const facts = factsWith(started("--log-driver", "journald", "--dns=10.0.0.2", "--mtu=1400"));
    expect(keepingFlags(facts)).toEqual([
        "--engine-storage-driver=overlay2",
        "--engine-opt=log-driver=journald",
        "--engine-opt=dns=10.0.0.2",
        "--engine-opt=mtu=1400",
    ]);
    expect(keepingFlags(facts, { ...options, flags: [...options.flags, "dns=10.0.0.3"] })).toEqual([
        "--engine-storage-driver=overlay2",
        "--engine-opt=dns=10.0.0.2",
        "--engine-opt=mtu=1400",
    ]);
});

test("a host whose daemon is configured in the same way by its own file is refused", () => {
    const [finding] = findingsWith(
        {
            "daemon.path": "/etc/docker/daemon.json",
            "daemon.line": '{"log-driver": "local", "mtu": 1400}',
        },
        { plan: { engine: options } },
    ).filter(({ id }) => id === "daemon-config");
    expect(finding).toMatchObject({
        kind: "refused",
        seen: '/etc/docker/daemon.json sets "log-driver", which docker-machine sets by flags; with both, Docker does not start',
    });
});

test("a host whose Docker has other storage is refused: what it has would be out of sight", () => {
    const seen = findingsWith({}, { plan: { engine: options } })
        .filter(({ id, kind }) => id === "storage-driver" && kind === "refused")
        .map((finding) => finding.seen);
    expect(seen).toEqual([
        "its Docker has the storage driver overlay2, and the setting engine.storageDriver is btrfs",
        'its Docker has its data in /var/lib/docker, and the setting engine.options["data-root"] is /srv/d',
    ]);
});
