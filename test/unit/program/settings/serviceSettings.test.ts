import { describe, expect, test } from "vitest";
import { readSettings } from "../../../../program/settings/settings.ts";
import { usualServices } from "../../components/node/goodServices.ts";

const context = { project: "consul-machines", stack: "dev" };

/** The settings of a stack file with these values, all of them JSON. */
function read(values: Readonly<Record<string, unknown>>, secretKeys: readonly string[] = []) {
    const config = Object.fromEntries(
        Object.entries(values).map(([key, value]) => [
            key,
            typeof value === "string" ? value : JSON.stringify(value),
        ]),
    );
    return readSettings(config, { ...context, secretKeys: new Set(secretKeys) });
}

const notInDns =
    "it is registered as it is, but DNS may not find it: a name there has lowercase letters, digits and dashes alone, at " +
    "most 63 characters.";

describe("names that DNS has not", () => {
    test.each(["order_service", "Web", "a.b", "x".repeat(64), "my service", "-a"])(
        "%j is taken with a warning",
        (name) => {
            const { problems, warnings } = read({
                clients: [{ name: "b", services: [{ name: "fine-1" }, { name }] }],
            });
            expect(problems).toEqual([]);
            expect(warnings).toEqual([`clients[0].services[1].name: got "${name}"; ${notInDns}`]);
        },
    );

    test("those of a role are warned of once, however many nodes it has", () => {
        const { warnings } = read({
            clients: 9,
            clientServices: [{ definition: { Name: "a_b" } }],
        });
        expect(warnings).toEqual([`clientServices[0].definition.name: got "a_b"; ${notInDns}`]);
    });
});

test("a stack file of an operator's usual services is taken, its underscore with a warning", () => {
    const services = usualServices.map(([, service]) => service);
    const { problems, warnings, settings } = read({
        servers: 3,
        driver: "lab",
        clients: [{ name: "client-1", services }],
    });
    expect(problems).toEqual([]);
    expect(warnings).toEqual([`clients[0].services[0].name: got "order_service"; ${notInDns}`]);
    expect(settings?.nodes.clients).toMatchObject([{ name: "client-1", services }]);
});

test("times that Consul makes longer are warned of", () => {
    const { problems, warnings } = read({
        serverServices: [
            { name: "a", port: 1, checks: [{ kind: "tcp" }, { kind: "tcp", interval: "500ms" }] },
            {
                definition: {
                    name: "b",
                    check: { tcp: "a:1", interval: "0.2s" },
                    checks: [{ ttl: "5s", deregister_critical_service_after: "30s" }],
                },
            },
        ],
    });
    expect(problems).toEqual([]);
    expect(warnings).toEqual([
        'serverServices[0].checks[1].interval: got "500ms"; Consul checks each second at most.',
        'serverServices[1].definition.checks[0].deregister_critical_service_after: got "30s"; Consul waits a minute at ' +
            "least.",
        'serverServices[1].definition.check.interval: got "0.2s"; Consul checks each second at most.',
    ]);
});

test("a header that lets a caller in is taken where the stack file has it encrypted", () => {
    const check = { kind: "http", header: { Authorization: "Basic eDp5" } };
    const clients = [{ name: "b", services: [{ name: "a", port: 1, checks: [check] }] }];
    expect(read({ clients }, ["clients"]).problems).toEqual([]);
    const { problems } = read({ clients });
    expect(problems).toHaveLength(1);
    expect(problems.join()).not.toContain("eDp5");
});

test("an image whose tag names no version says nothing of ports", () => {
    const clientServices = [{ name: "shop", ports: [{ name: "http", port: 80 }] }];
    for (const image of ["hashicorp/consul:latest", "consul.tar", "registry:5000/consul:1.22.0"]) {
        expect(read({ image, clientServices }).problems).toEqual([]);
    }
});
