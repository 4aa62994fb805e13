import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually } from "../../cli/example/check.ts";
import type { ServiceArgs } from "../../components/node/serviceArgs.ts";
import { usualServices } from "../unit/components/node/goodServices.ts";
import { agentAt, fetchAt } from "./support/access.ts";
import { onMachine, remains } from "./support/host.ts";
import { LabStack, type Outputs } from "./support/labStack.ts";
import { missing } from "./support/pieces.ts";

const name = "lab-fields";

/** An entry of /v1/catalog/service. */
interface CatalogEntry {
    readonly Node: string;
    readonly ServiceID: string;
    readonly ServiceAddress: string;
    readonly ServicePort: number;
    readonly ServiceTags: readonly string[];
    readonly ServiceMeta: Readonly<Record<string, string>>;
    readonly ServiceWeights: Readonly<Record<string, number>>;
    readonly ServiceTaggedAddresses?: Readonly<Record<string, unknown>>;
    readonly ServiceEnableTagOverride: boolean;
    readonly ServicePorts?: readonly unknown[];
}

/** An entry of /v1/agent/checks. */
interface AgentCheck {
    readonly CheckID: string;
    readonly Name: string;
    readonly ServiceID: string;
    readonly Type: string;
    readonly Status: string;
    readonly Interval: string;
    readonly Notes: string;
    readonly Output: string;
}

describe.skipIf(missing !== undefined)("services with all that Consul's registration takes", () => {
    const stack = new LabStack(name);
    let outputs: Outputs;

    /** The services of an operator, and those that this image's Consul does not take. */
    const usual = usualServices.map(([, service]) => service);
    const isPorts = (service: ServiceArgs) => "ports" in service;

    /** A definition as a file has it; the agent's own DNS answers its check. */
    const defined: ServiceArgs = {
        definition: {
            id: "resolver-1",
            name: "resolver",
            port: 8600,
            tags: ["v1"],
            meta: { team: "core" },
            tagged_addresses: { wan: { address: "203.0.113.9", port: 53 } },
            weights: { passing: 3, warning: 0 },
            enable_tag_override: true,
            checks: [
                {
                    id: "resolver-open",
                    name: "it is open",
                    notes: "by hand",
                    tcp: "$(address):8600",
                    interval: "1s",
                },
                // Nothing that listens answers an empty datagram; a closed port would end it.
                { udp: "$(address):8600", interval: "1s", status: "passing" },
            ],
        },
    };
    const ofRole: ServiceArgs = {
        name: "metrics",
        port: 8600,
        tags: ["on-$(node)"],
        checks: [
            { kind: "tcp", interval: "1s" },
            { kind: "alias", service: "metrics-up" },
        ],
    };
    const aliased: ServiceArgs = {
        name: "metrics-up",
        checks: [{ kind: "ttl", ttl: "5m", status: "passing" }],
    };

    function configure(services: readonly ServiceArgs[]): void {
        stack.configure({
            servers: 1,
            clients: [{ name: "client-1", services }, { name: "client-2" }],
            clientServices: [ofRole, aliased],
        });
    }

    async function up(services: readonly ServiceArgs[]): Promise<string> {
        configure(services);
        const output = await stack.up();
        outputs = await stack.outputs();
        return output;
    }

    const addressOf = (node: string) => outputs.nodes[node]?.address ?? "";

    async function ask<T>(node: string, path: string): Promise<T> {
        const url = `${outputs.nodes[node]?.httpAddress ?? ""}${path}`;
        return (await (await fetchAt(url)).json()) as T;
    }

    /** A service in the catalog, by node. */
    async function inCatalog(service: string): Promise<readonly CatalogEntry[]> {
        const path = `/v1/catalog/service/${service}`;
        const found = await ask<readonly CatalogEntry[]>("server-1", path);
        return [...found].sort((one, other) => (one.Node < other.Node ? -1 : 1));
    }

    async function checksOf(service: string): Promise<readonly AgentCheck[]> {
        const all = await ask<Readonly<Record<string, AgentCheck>>>("client-1", "/v1/agent/checks");
        return Object.values(all).filter(({ ServiceID }) => ServiceID === service);
    }

    /** Consul's version on the machines: 1.20 lacks what 1.22 takes. */
    async function takesPorts(): Promise<boolean> {
        const { Config } = await agentAt(outputs.nodes["client-1"]?.httpAddress ?? "").self();
        const [major = 0, minor = 0] = (Config.Version ?? "").split(".").map(Number);
        return major > 1 || minor >= 22;
    }

    beforeAll(async () => {
        await stack.init();
        await up([...usual.filter((service) => !isPorts(service)), defined]);
    });

    afterAll(async () => {
        await stack.end();
    });

    it("are in the catalog as they were declared, each of them", async () => {
        await eventually("all in the catalog", 20, async () => {
            expect(await inCatalog("auth")).toHaveLength(1);
        });
        const address = addressOf("client-1");
        const expected: Readonly<Record<string, object>> = {
            order_service: { ServiceAddress: address, ServicePort: 8080 },
            web: { ServiceAddress: address, ServicePort: 443 },
            api: { ServiceAddress: address, ServicePort: 9090 },
            db: {
                ServicePort: 5432,
                ServiceWeights: { Passing: 10, Warning: 1 },
                ServiceTaggedAddresses: { wan: { Address: "203.0.113.7", Port: 5432 } },
            },
            cache: { ServicePort: 6379, ServiceWeights: { Passing: 1, Warning: 1 } },
            proxied: { ServiceAddress: "10.88.40.60", ServicePort: 80 },
            auth: { ServicePort: 8082 },
        };
        for (const [service, fields] of Object.entries(expected)) {
            expect(await inCatalog(service), service).toMatchObject([
                { Node: "client-1", ServiceID: service, ...fields },
            ]);
        }
    });

    it("have their checks on the agent, of their kinds and times", async () => {
        const kinds: Readonly<Record<string, object>> = {
            web: { Type: "http", Interval: "10s" },
            api: { Type: "grpc", Interval: "5s" },
            cache: { Type: "tcp", Interval: "10s" },
            auth: { Type: "http", Interval: "10s" },
        };
        for (const [service, check] of Object.entries(kinds)) {
            expect(await checksOf(service), service).toMatchObject([
                { CheckID: `service:${service}`, ...check },
            ]);
        }
        expect(await checksOf("order_service")).toEqual([]);
    });

    it("ask at the machine's address", async () => {
        const address = addressOf("client-1");
        const asked = {
            web: `https://${address}:443/health`,
            auth: `http://${address}:8082/health`,
        };
        for (const [service, url] of Object.entries(asked)) {
            await eventually(`${service} asked`, 30, async () => {
                const [check] = await checksOf(service);
                expect(check?.Output).toContain(url);
            });
        }
    });

    it("are what a definition says, passed on as it is", async () => {
        expect(await inCatalog("resolver")).toMatchObject([
            {
                ServiceID: "resolver-1",
                ServiceAddress: addressOf("client-1"),
                ServicePort: 8600,
                ServiceTags: ["v1"],
                ServiceMeta: { team: "core" },
                ServiceWeights: { Passing: 3, Warning: 0 },
                ServiceTaggedAddresses: { wan: { Address: "203.0.113.9", Port: 53 } },
                ServiceEnableTagOverride: true,
            },
        ]);
        await eventually("its checks pass", 20, async () => {
            const checks = await checksOf("resolver-1");
            expect(checks.map(({ Status }) => Status)).toEqual(["passing", "passing"]);
            expect(checks).toContainEqual(
                expect.objectContaining({
                    CheckID: "resolver-open",
                    Name: "it is open",
                    Notes: "by hand",
                    Type: "tcp",
                }),
            );
        });
    });

    it("of a role are on every node of it, at its own address", async () => {
        expect(await inCatalog("metrics")).toMatchObject(
            ["client-1", "client-2"].map((node) => ({
                Node: node,
                ServiceID: "metrics",
                ServiceAddress: addressOf(node),
                ServiceTags: [`on-${node}`],
            })),
        );
        await eventually("both are healthy", 20, async () => {
            const path = "/v1/health/service/metrics?passing=true";
            expect(await ask<unknown[]>("server-1", path)).toHaveLength(2);
        });
    });

    it("are warned of where DNS may not find them", async () => {
        const output = await stack.must(stack.words("preview"));
        expect(output).toContain(
            'clients[0].services[0].name: got "order_service"; it is registered',
        );
    });

    it("are changed by no second up", async () => {
        await stack.up("--expect-no-changes");
        await stack.up("--refresh", "--expect-no-changes");
    });

    it("with several ports are taken from Consul 1.22 on, and refused before", async () => {
        if (await takesPorts()) {
            await up([...usual, defined]);
            expect(await inCatalog("shop")).toMatchObject([{ ServiceID: "shop" }]);
            return;
        }
        configure([...usual, defined]);
        const { exitCode, output } = await stack.run(stack.words("preview"));
        expect(exitCode).not.toBe(0);
        expect(output).toContain("1.22 is the first that takes, and not");
        expect(await inCatalog("shop")).toEqual([]);
    });

    it("come and go without a container being touched", async () => {
        const container = () =>
            onMachine(name, "client-1", "docker", "inspect", "--format={{.Id}}", "consul");
        const before = await container();
        const output = await up([]);
        expect(output).toContain("removing order_service");
        expect(await inCatalog("order_service")).toEqual([]);
        expect(await inCatalog("metrics")).toHaveLength(2);
        expect(await container()).toBe(before);
    });

    it("go with the stack", async () => {
        await stack.destroy();
        expect(await remains(name)).toEqual([]);
    });
});
