import { describe, expect, test } from "vitest";
import type { ServiceArgs } from "../../../../components/node/serviceArgs.ts";
import { serviceDefinition } from "../../../../components/node/serviceDefinition.ts";
import { serviceProblems } from "../../../../components/node/serviceSchema.ts";
import { definitionMark } from "../../../../scripts/protocol/serviceDefinition.ts";
import { badDefinitions, badServices } from "./badServices.ts";
import { givenDefinitions } from "./givenDefinitions.ts";
import { furtherServices, usualServices } from "./goodServices.ts";

const place = { address: "10.0.0.11", nodeName: "client-1" };
const at = "client-1.services";

/** What the agent is sent of a service, without the mark, which is checked. */
function requestOf(service: ServiceArgs) {
    const { Meta, ...rest } = serviceDefinition(service, place);
    const { [definitionMark]: digest, ...meta } = Meta;
    expect(digest).toMatch(/^[0-9a-f]{16}$/);
    return { ...rest, Meta: meta };
}

/** Services as somebody may write them who knows no types. */
function problemsOf(services: unknown): string[] {
    return serviceProblems(at, services as ServiceArgs[]);
}

describe("what the agent is sent of a service", () => {
    test.each([...usualServices, ...furtherServices])("with %s", (_, service, request) => {
        expect(problemsOf([service])).toEqual([]);
        expect(requestOf(service)).toStrictEqual(request);
    });

    test.each(givenDefinitions)("of a definition: %s", (_, definition, request) => {
        expect(problemsOf([{ definition }])).toEqual([]);
        expect(requestOf({ definition })).toStrictEqual(request);
    });

    test("is, byte by byte, what stacks of before have in their states", () => {
        const service: ServiceArgs = {
            name: "web",
            id: "web-1",
            port: 80,
            tags: ["blue"],
            meta: { version: "2", a: "1" },
            checks: [
                { kind: "http" },
                { kind: "http", path: "/health", port: 81, interval: "2s", timeout: "1s" },
                { kind: "tcp" },
                { kind: "ttl", ttl: "15s" },
            ],
        };
        expect(JSON.stringify(serviceDefinition(service, place))).toBe(
            '{"ID":"web-1","Name":"web","Address":"10.0.0.11","Port":80,"Tags":["blue"],' +
                '"Meta":{"a":"1","version":"2","declared-digest":"e6c83b8b5c94e1b4"},"Checks":[' +
                '{"HTTP":"http://10.0.0.11:80/","Interval":"10s"},' +
                '{"HTTP":"http://10.0.0.11:81/health","Interval":"2s","Timeout":"1s"},' +
                '{"TCP":"10.0.0.11:80","Interval":"10s"},{"TTL":"15s"}]}',
        );
        expect(serviceDefinition({ name: "web" }, place).Meta).toEqual({
            [definitionMark]: "ab6bae644fc62ca4",
        });
    });
});

test("the digest changes with the definition and the address, and with nothing else", () => {
    const digestOf = (service: ServiceArgs, address = "10.0.0.11") =>
        serviceDefinition(service, { ...place, address }).Meta[definitionMark];
    const plain = digestOf({ name: "web", port: 80, meta: { a: "1", b: "2" } });
    expect(digestOf({ port: 80, name: "web", id: "web", meta: { b: "2", a: "1" } })).toBe(plain);
    expect(digestOf({ name: "web", port: 81, meta: { a: "1", b: "2" } })).not.toBe(plain);
    expect(digestOf({ name: "web", port: 80, meta: { a: "1", b: "2" } }, "10.0.0.12")).not.toBe(
        plain,
    );
    const weighed = digestOf({ name: "web", weights: { passing: 2 } });
    expect(digestOf({ name: "web", weights: { passing: 3 } })).not.toBe(weighed);
});

describe("what is wrong with services", () => {
    test.each(badServices)("%s", (_, services, ...problems) => {
        expect(problemsOf(services)).toEqual(problems.map((problem) => `${at}${String(problem)}`));
    });

    test.each(badDefinitions)("a definition: %s", (_, definition, ...problems) => {
        expect(problemsOf([{ definition }])).toEqual(
            problems.map((problem) => `${at}[0].definition${String(problem)}`),
        );
    });

    test("a definition beside settings of its own", () => {
        expect(problemsOf([{ name: "a", definition: { name: "a" } }])).toEqual([
            `${at}[0].name: got "a"; a definition says it; leave it out here`,
        ]);
    });

    test("there are at least forty of them, and of those that are fine", () => {
        const all = [
            ...usualServices,
            ...furtherServices,
            ...givenDefinitions,
            ...badServices,
            ...badDefinitions,
        ];
        expect(usualServices).toHaveLength(8);
        expect(all.length).toBeGreaterThanOrEqual(40);
    });
});
