import { describe, expect, test } from "vitest";
import { engineProblems } from "../../../../components/cluster/engineSchema.ts";
import {
    engineOf,
    engineOptions,
    type EngineSettings,
} from "../../../../components/machine/engineSettings.ts";

const digest = expect.stringMatching(/^consul-machines\.engine=[0-9a-f]{16}$/) as string;
const nothing = { mirrors: [], insecureRegistries: [], env: [], labels: [], flags: [] };
const direct = "localhost,127.0.0.0/8,10.0.0.0/8,172.16.0.0/12,192.168.0.0/16";

describe("what an engine is told", () => {
    test("is nothing where nothing is stated", () => {
        expect(engineOptions(undefined, undefined)).toBeUndefined();
        expect(engineOptions({}, undefined)).toBeUndefined();
        expect(engineOptions({ labels: {}, mirrors: [] }, undefined)).toBeUndefined();
        expect(engineOf({}, undefined)).toBeUndefined();
    });

    test("has the form of its unit, and a mark of all of it", () => {
        const settings: EngineSettings = {
            mirrors: ["https://mirror.example"],
            insecureRegistries: ["registry.example:5000"],
            logDriver: "json-file",
            logOpts: { "max-size": "50m", "max-file": "5" },
            labels: { zone: "b", rack: "7" },
            options: { "live-restore": true, mtu: 1400, dns: ["10.0.0.2", "10.0.0.3"] },
        };
        expect(engineOptions(settings, "10.0.0.11")).toEqual({
            mirrors: ["https://mirror.example"],
            insecureRegistries: ["registry.example:5000"],
            env: [],
            labels: ["rack=7", "zone=b", digest],
            flags: [
                "log-driver=json-file",
                "log-opt=max-file=5",
                "log-opt=max-size=50m",
                "live-restore=true",
                "mtu=1400",
                "dns=10.0.0.2",
                "dns=10.0.0.3",
            ],
        });
    });

    test("of what a machine is made with is apart, and restarts nothing", () => {
        const settings: EngineSettings = {
            storageDriver: "btrfs",
            installUrl: "https://get.example/docker.sh",
            options: { "data-root": "/srv/docker" },
        };
        const making = {
            storageDriver: "btrfs",
            installUrl: "https://get.example/docker.sh",
            flags: ["data-root=/srv/docker"],
        };
        expect(engineOptions(settings, undefined)).toEqual({ ...nothing, making });
        const mark = (more: EngineSettings) =>
            engineOptions({ mirrors: ["https://m.example"], ...more }, undefined)?.labels;
        expect(mark(settings)).toEqual(mark({}));
    });

    test.each([
        ["in a private network", "10.0.0.11", direct],
        ["given by a driver", undefined, direct],
        ["public", "203.0.113.7", `${direct},203.0.113.7`],
    ])("of a proxy leaves out the machines: an address %s", (_, address, NO_PROXY) => {
        const proxy = { http: "http://proxy.example:3128", https: "http://proxy.example:3128" };
        expect(engineOptions({ proxy }, address)?.env).toEqual([
            "HTTP_PROXY=http://proxy.example:3128",
            "HTTPS_PROXY=http://proxy.example:3128",
            `NO_PROXY=${NO_PROXY}`,
        ]);
        expect(engineOptions({ proxy: { ...proxy, no: [".example"] } }, address)?.env[2]).toBe(
            `NO_PROXY=${NO_PROXY},.example`,
        );
    });

    test("of a node's own wins, key by key", () => {
        const all: EngineSettings = { mirrors: ["https://a.example"], labels: { zone: "a" } };
        expect(engineOf(all, { mirrors: [] })).toEqual({ mirrors: [], labels: { zone: "a" } });
    });
});

const good: readonly EngineSettings[] = [
    { mirrors: ["https://mirror.example", "http://10.0.0.9:5000/"] },
    { insecureRegistries: ["registry.example:5000", "10.0.0.0/8"] },
    { proxy: { https: "http://proxy.example:3128/", no: [".example", "10.0.0.0/8", "*"] } },
    { installUrl: "none", storageDriver: "overlay2", logDriver: "journald" },
    { options: { "live-restore": true, "default-ulimit": "nofile=65536:65536", mtu: 1400 } },
    { labels: { zone: "a" }, mirrors: undefined },
];

test.each(good.map((settings) => [settings]))("%j is fine", (settings) => {
    expect(engineProblems(settings, "engine")).toEqual([]);
});

const textRule =
    "a text without blanks and quotes, of letters, digits and ._:/=,@+-: docker-machine writes it into a unit by a shell";
const mirrorRule = "the URL of a mirror without a path, such as https://mirror.example";
const valueRule = "a text, a number, true, false or a list of texts";

describe("what is wrong is said with its path, its value and the rule", () => {
    test.each<[object, ...string[]]>([
        [{ mirrors: ["mirror.example"] }, `engine.mirrors[0]: got "mirror.example"; ${mirrorRule}`],
        [
            { mirrors: ["https://m.example/v2"] },
            `engine.mirrors[0]: got "https://m.example/v2"; ${mirrorRule}`,
        ],
        [
            { insecureRegistries: ["http://registry.example"] },
            'engine.insecureRegistries[0]: got "http://registry.example"; a registry, HOST or HOST:PORT, or a network of ' +
                "them such as 10.0.0.0/8",
        ],
        [
            { proxy: { http: "proxy.example" } },
            'engine.proxy.http: got "proxy.example"; the URL of a proxy, such as http://proxy.example:3128',
        ],
        [
            { proxy: { no: ["a,b"] } },
            'engine.proxy.no[0]: got "a,b"; a host, a domain such as .example, or a network',
        ],
        [
            { installUrl: "http://get.example" },
            'engine.installUrl: got "http://get.example"; the https URL of an install script, or none with rancher-machine',
        ],
        [{ labels: { zone: "rack $(7)" } }, `engine.labels.zone: got "rack $(7)"; ${textRule}`],
        [
            { labels: { provider: "me" } },
            'engine.labels.provider: got "me"; a label of another name: that one is docker-machine\'s or ours',
        ],
        [{ options: { debug: null } }, `engine.options.debug: got null; ${valueRule}`],
        [
            { options: { "registry-mirror": "https://m.example" } },
            'engine.options.registry-mirror: got "https://m.example"; another option: this one is engine.mirrors',
        ],
        [
            { options: { tlsverify: false } },
            "engine.options.tlsverify: got false; another option: this one is docker-machine's own",
        ],
        [
            { options: { "--debug": true } },
            "engine.options.--debug: got true; an option's name as `dockerd --help` has it, without dashes in front",
        ],
        [
            { colour: "red" },
            'engine.colour: got "red"; there is no such setting; there are mirrors, insecureRegistries, proxy, logDriver, ' +
                "logOpts, labels, options, installUrl, storageDriver",
        ],
    ])("%j", (settings, ...problems) => {
        expect(engineProblems(settings as EngineSettings, "engine")).toEqual(problems);
    });

    test("a proxy with a login is in no message", () => {
        const [problem = ""] = engineProblems(
            { proxy: { http: "http://me:hunter2@proxy.example" } },
            "server-1.engine",
        );
        expect(problem).toMatch(
            /^server-1\.engine\.proxy\.http: got a secret; a proxy without a login: /,
        );
        expect(problem).not.toContain("hunter2");
    });
});
