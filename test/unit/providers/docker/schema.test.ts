import { describe, expect, it } from "vitest";
import type { Properties } from "../../../../providers/protocol/provider.ts";
import { container } from "../../../../providers/docker/resources/container.ts";
import { checkInputs } from "../../../../providers/docker/schema/check.ts";
import { containerSchema } from "../../../../providers/docker/schema/containerSchema.ts";
import { compare } from "../../../../providers/docker/schema/difference.ts";
import {
    createdState,
    plannedState,
    readInputs,
    readState,
} from "../../../../providers/docker/schema/state.ts";
import { isSame } from "../../../../providers/docker/schema/values.ts";

const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
const declared = {
    name: "consul",
    image: "consul:1",
    envs: ["B=2", "A=1"],
    labels: [
        { label: "b", value: "2" },
        { label: "a", value: "1" },
    ],
    ports: [{ internal: 8500, external: 8500, ip: "10.0.0.1", protocol: "tcp" }],
    healthcheck: { tests: ["CMD", "true"], interval: "30s" },
};
const inputs = checkInputs(containerSchema, declared).inputs;
const state = createdState(containerSchema, inputs, "id", {}, container.meta);

describe("inputs", () => {
    it("get the defaults that are not zero, with their names", () => {
        expect(inputs).toMatchObject({
            __defaults: [
                "containerReadRefreshTimeoutMilliseconds",
                "mustRun",
                "networkMode",
                "removeVolumes",
                "restart",
                "start",
                "waitTimeout",
            ],
            networkMode: "bridge",
            healthcheck: { __defaults: ["startInterval", "startPeriod", "timeout"], timeout: "0s" },
        });
        expect(inputs).not.toHaveProperty("attach");
    });

    it.each([
        [{ image: "a" }, "name", /missing/],
        [{ name: "a", image: "b", nmae: "c" }, "nmae", /no such property/],
        [{ name: "a", image: "b", gpus: "all" }, "gpus", /embedded providers .* Pulumi's docker/],
        [{ name: "a", image: "b", attach: true }, "attach", /do not attach/],
        [{ name: "a", image: "b", ports: [{ external: 1 }] }, "ports[0].internal", /missing/],
    ])("%j is refused", (wrong, property, reason) => {
        const { failures } = checkInputs(containerSchema, wrong);
        expect(failures).toEqual([{ property, reason: expect.stringMatching(reason) as unknown }]);
    });
});

describe("a difference", () => {
    const decide = (change: Properties) => {
        const now = checkInputs(containerSchema, { ...declared, ...change }).inputs;
        const { paths } = compare(containerSchema, state, now, container.comparisons);
        return Object.fromEntries([...paths].map(([path, { replaces }]) => [path, replaces]));
    };

    it.each<[string, Properties, Record<string, boolean>]>([
        ["nothing", {}, {}],
        [
            "sets in another order",
            { envs: ["A=1", "B=2"], labels: [...declared.labels].reverse() },
            {},
        ],
        ["a variable", { envs: ["A=1", "B=3"] }, { "envs[1]": true }],
        ["no variables", { envs: [] }, { envs: true }],
        ["what the engine decides is left to it", { envs: undefined }, {}],
        [
            "a label's value",
            {
                labels: [
                    { label: "a", value: "1" },
                    { label: "b", value: "3" },
                ],
            },
            {
                "labels[1].value": true,
            },
        ],
        [
            "an address",
            { ports: [{ ...declared.ports[0], ip: "10.0.0.2" }] },
            { "ports[0].ip": true },
        ],
        [
            "a check's command is updated",
            { healthcheck: { tests: ["CMD", "false"], interval: "30s" } },
            {
                "healthcheck.tests": false,
            },
        ],
        ["the restart policy is updated", { restart: "always" }, { restart: false }],
        ["zero is as good as absent", { memory: 0, user: "", dns: [] }, {}],
        ["an unknown value may be another", { hostname: unknown }, { hostname: true }],
        ["a map's key", { tmpfs: { "/t": "" } }, { 'tmpfs["/t"]': false }],
    ])("%s", (_what, change, expected) => {
        expect(decide(change)).toEqual(expected);
    });

    it("of ports in another order is none", () => {
        const other = { internal: 8600, external: 8600, ip: "10.0.0.1", protocol: "udp" };
        const ports = [declared.ports[0], other];
        const both = { ...state, ports };
        const now = checkInputs(containerSchema, {
            ...declared,
            ports: [...ports].reverse(),
        }).inputs;
        expect(compare(containerSchema, both, now, container.comparisons).paths.size).toBe(0);
    });
});

describe("a state", () => {
    it("has sets in order, and what Terraform's names and forms are", () => {
        expect(state).toMatchObject({
            id: "id",
            envs: ["A=1", "B=2"],
            labels: [
                { label: "a", value: "1" },
                { label: "b", value: "2" },
            ],
            devices: [],
            dns: null,
            __meta: expect.stringContaining('"schema_version":"2"') as unknown,
            __pulumi_raw_state_delta: {
                obj: {
                    ps: {
                        envs: { arr: {} },
                        healthcheck: {
                            plu: {
                                i: {
                                    obj: { ps: { tests: { arr: {} } }, renamed: { tests: "test" } },
                                },
                            },
                        },
                        labels: { arr: { el: { 0: { obj: {} }, 1: { obj: {} } } } },
                    },
                    renamed: { envs: "env", hosts: "host" },
                },
            },
        });
    });

    it("that is planned has what the engine decides as unknown", () => {
        const planned = plannedState(containerSchema, inputs);
        expect(planned).toMatchObject({ id: unknown, ipcMode: unknown, restart: "no", dns: null });
    });

    it("that is read has what the engine says, and keeps what it is not asked for", () => {
        const read = readState(containerSchema, state, "id", { restart: "always" }, container.meta);
        expect(read).toMatchObject({ restart: "always", envs: ["A=1", "B=2"] });
        const seen = readInputs(containerSchema, inputs, read, (_name, property, old, now) =>
            isSame(property, old, now),
        );
        expect(seen).toMatchObject({ restart: "always", envs: ["A=1", "B=2"], name: "consul" });
        // The engine has another value than the default.
        expect(seen.__defaults).not.toContain("restart");
    });
});
