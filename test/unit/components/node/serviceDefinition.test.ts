import { describe, expect, test } from "vitest";
import { serviceProblems } from "../../../../components/node/serviceSchema.ts";
import {
    serviceDefinition,
    type ServiceArgs,
} from "../../../../components/node/serviceDefinition.ts";
import { definitionMark } from "../../../../scripts/protocol/serviceDefinition.ts";

const digest = expect.stringMatching(/^[0-9a-f]{16}$/) as string;

test("a service that says no more than its name has it as its id, and the machine's address", () => {
    expect(serviceDefinition({ name: "web" }, "10.0.0.11")).toEqual({
        ID: "web",
        Name: "web",
        Address: "10.0.0.11",
        Tags: [],
        Meta: { [definitionMark]: digest },
        Checks: [],
    });
});

test("checks ask at the machine's address, at the service's port unless they name their own", () => {
    const service: ServiceArgs = {
        name: "web",
        id: "web-1",
        port: 80,
        tags: ["blue"],
        meta: { version: "2" },
        checks: [
            { kind: "http" },
            { kind: "http", path: "/health", port: 81, interval: "2s", timeout: "1s" },
            { kind: "tcp" },
            { kind: "ttl", ttl: "15s" },
        ],
    };
    expect(serviceDefinition(service, "10.0.0.11")).toEqual({
        ID: "web-1",
        Name: "web",
        Address: "10.0.0.11",
        Port: 80,
        Tags: ["blue"],
        Meta: { version: "2", [definitionMark]: digest },
        Checks: [
            { HTTP: "http://10.0.0.11:80/", Interval: "10s" },
            { HTTP: "http://10.0.0.11:81/health", Interval: "2s", Timeout: "1s" },
            { TCP: "10.0.0.11:80", Interval: "10s" },
            { TTL: "15s" },
        ],
    });
});

test("the digest changes with the definition and the address, and with nothing else", () => {
    const digestOf = (service: ServiceArgs, address = "10.0.0.11") =>
        serviceDefinition(service, address).Meta[definitionMark];
    const plain = digestOf({ name: "web", port: 80, meta: { a: "1", b: "2" } });
    expect(digestOf({ port: 80, name: "web", id: "web", meta: { b: "2", a: "1" } })).toBe(plain);
    expect(digestOf({ name: "web", port: 81, meta: { a: "1", b: "2" } })).not.toBe(plain);
    expect(digestOf({ name: "web", port: 80, meta: { a: "1", b: "2" } }, "10.0.0.12")).not.toBe(
        plain,
    );
});

const at = "client-1.services";
const name = "lowercase letters, digits and dashes, at most 63 characters: a name in DNS";

/** Services as somebody may write them who knows no types. */
function problemsOf(services: unknown): string[] {
    return serviceProblems(at, services as ServiceArgs[]);
}

describe("what is wrong with services", () => {
    test("is nothing where nothing is", () => {
        const checks = [
            { kind: "tcp", port: 1 },
            { kind: "ttl", ttl: "1m30s" },
        ] as const;
        expect(problemsOf([{ name: "a" }, { name: "a", id: "a.2", checks }])).toEqual([]);
    });

    test("is said of all of them at once", () => {
        expect(
            problemsOf([
                { name: "Web_1", port: 0, tags: ["a b"] },
                {
                    name: "consul",
                    id: "a:b",
                    meta: { "a b": "1", [definitionMark]: "x", "consul-a": "", n: 7 },
                },
                { name: "ok", ports: 80 },
                { name: "ok", port: 80, checks: [{ kind: "http", path: "health", interval: 10 }] },
            ]),
        ).toEqual([
            `${at}[0].name: got "Web_1"; ${name}`,
            `${at}[0].port: got 0; a port, from 1 to 65535`,
            `${at}[0].tags[0]: got "a b"; a word without spaces`,
            `${at}[1].name: got "consul"; another name: this one is that of the servers`,
            `${at}[1].id: got "a:b"; letters, digits, dots, dashes and underscores`,
            `${at}[1].meta.a b: got "1"; letters, digits, dashes and underscores`,
            `${at}[1].meta.${definitionMark}: got "x"; another name: this one is ours`,
            `${at}[1].meta.consul-a: got ""; another name: Consul keeps consul- to itself`,
            `${at}[1].meta.n: got 7; a string; put quotes around it`,
            `${at}[2].ports: got 80; there is no such setting; there are name, id, port, tags, ` +
                "meta, checks",
            `${at}[3].checks[0].path: got "health"; a path that begins with a slash, such as /health`,
            `${at}[3].checks[0].interval: got 10; a duration with its unit, such as 10s`,
        ]);
    });

    test.each<[string, unknown, string]>([
        ["no list", "web", `: got "web"; a list of services`],
        [
            "no service",
            ["web"],
            `[0]: got "web"; a service: a name, and what else there is to say of it`,
        ],
        [
            "meta that is no map",
            [{ name: "a", meta: [] }],
            "[0].meta: got []; a map from names to strings",
        ],
        ["tags that are no list", [{ name: "a", tags: "b" }], `[0].tags: got "b"; a list of words`],
        [
            "checks that are no list",
            [{ name: "a", checks: {} }],
            "[0].checks: got {}; a list of checks",
        ],
        [
            "a check of a kind that we have not",
            [{ name: "a", checks: [{ kind: "script" }] }],
            `[0].checks[0].kind: got "script"; a check: its kind is http, tcp or ttl`,
        ],
        [
            "a check with a key that it has not",
            [{ name: "a", checks: [{ kind: "ttl", ttl: "5s", interval: "1s" }] }],
            `[0].checks[0].interval: got "1s"; there is no such setting; there are kind, ttl`,
        ],
        [
            "a check without a port",
            [{ name: "a", checks: [{ kind: "tcp" }] }],
            "[0].checks[0].port: got nothing; the port to ask, for the service names none",
        ],
        [
            "two of one id",
            [{ name: "a" }, { name: "b", id: "a" }],
            `[1].id: got "a"; another id than "a", which a service before it has`,
        ],
    ])("%s", (_, services, problem) => {
        expect(problemsOf(services)).toEqual([`${at}${problem}`]);
    });
});
