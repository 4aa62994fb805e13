import * as pulumi from "@pulumi/pulumi";
import { expect, test } from "vitest";
import { DockerMachine } from "../../components/machine/dockerMachine.ts";
import { MachineStore } from "../../components/machine/machineStore.ts";
import { describePorts, type PortBinding } from "../../components/agent/ports.ts";
import {
    declareCluster,
    endpointOf,
    nodeNames,
    plainCluster,
    privateKey,
    requestOf,
    scriptOutputs,
} from "../support/cluster.ts";
import { declare, isSecret } from "../support/declare.ts";

/** The paths at which a value that is no secret holds a text. */
function placesInClear(value: unknown, text: string, path: string): string[] {
    if (typeof value === "string") {
        return value.includes(text) ? [path] : [];
    }
    if (typeof value !== "object" || value === null || isSecret(value)) {
        return [];
    }
    return Object.entries(value).flatMap(([key, inner]) =>
        placesInClear(inner, text, `${path}.${key}`),
    );
}

test("no private key is in clear in anything that is registered", async () => {
    for (const driver of ["generic", "lab", "virtualbox"] as const) {
        const { declared, find } = await plainCluster(driver);

        const clear = declared.flatMap(({ key, wire }) => placesInClear(wire, privateKey, key));
        expect(clear).toEqual([]);
        // They are there all the same, so that the search above had something to find.
        expect(find("Provider consul-client-2-docker").inputs.keyMaterial).toBe(
            endpointOf("client-2").key,
        );
    }
});

test("a machine's answer is kept as a secret, and its script prints none of it", async () => {
    const { find } = await plainCluster("generic");

    for (const node of nodeNames) {
        const machine = find(`Command consul-${node}-machine`);
        expect(machine.secretOutputs).toEqual(["stdout"]);
        expect(machine.inputs.logging).toBe("stderr");
    }
});

test("of what a machine tells, the private key alone is a secret", async () => {
    const { result } = await declare(
        async () => {
            const store = new MachineStore("store", { path: "store" });
            const machine = new DockerMachine("consul-server-1-machine", {
                machineName: "dev-server-1",
                machine: { driver: "virtualbox" },
                store,
            });
            const { address, endpoint, bridgeAddress, dockerVersion, ca, cert, key } = machine;
            const told = { address, endpoint, bridgeAddress, dockerVersion, ca, cert, key };
            const names = Object.keys(told);
            const secret = await Promise.all(
                Object.values(told).map((one) => pulumi.isSecret(one)),
            );
            return names.filter((_, index) => secret[index]);
        },
        { outputs: scriptOutputs },
    );

    expect(result).toEqual(["key"]);
});

test("the extra environment and labels of the operator reach every container, ours win", async () => {
    const { find } = await declareCluster("generic", {
        environment: { HTTP_PROXY: "http://proxy:3128", A: "=1" },
        labels: { team: "core", "consul-machines.node": "another" },
    });

    for (const node of nodeNames) {
        const { inputs } = find(`Container consul-${node}-agent`);
        expect(inputs.envs).toEqual(["A==1", "HTTP_PROXY=http://proxy:3128"]);
        expect(inputs.labels).toEqual([
            { label: "SERVICE_IGNORE", value: "true" },
            { label: "consul-machines.node", value: node },
            { label: "consul-machines.owner", value: "consul-machines/dev" },
            {
                label: "consul-machines.ports",
                value: describePorts(inputs.ports as PortBinding[]),
            },
            { label: "team", value: "core" },
        ]);
    }
});

test("the agents' configuration is a file in the container, the operator's merged into it", async () => {
    const { find } = await declareCluster("generic", {
        recursors: ["9.9.9.9"],
        agentConfig: {
            log_level: "debug",
            limits: { rpc_max_conns_per_client: 70, txn_max_req_len: 8 },
        },
    });

    const file = (node: string) => {
        const { uploads } = find(`Container consul-${node}-agent`).inputs as {
            uploads: { file: string; content: string }[];
        };
        return uploads.map(({ file: path, content }) => [path, JSON.parse(content) as unknown]);
    };
    const common = {
        leave_on_terminate: false,
        limits: {
            http_max_conns_per_client: 1000,
            rpc_max_conns_per_client: 500,
            txn_max_req_len: 8,
        },
        performance: { raft_multiplier: 1 },
        recursors: ["9.9.9.9"],
    };
    expect(file("server-1")).toEqual([
        ["/consul-machines/agent.json", { ...common, ui_config: { enabled: true } }],
    ]);
    expect(file("client-1")).toEqual([["/consul-machines/agent.json", common]]);
    // What a running agent reloads comes by its gate, and replaces no container.
    expect(requestOf(find("Command consul-client-1-ready"))).toMatchObject({
        reloadable: { config: { log_level: "debug", limits: { rpc_max_conns_per_client: 70 } } },
    });
});

test("a container keeps its data on a named volume, and is given time to stop", async () => {
    const { find } = await plainCluster("generic");

    const agent = find("Container consul-server-3-agent");
    expect(agent.inputs).toMatchObject({
        name: "consul",
        hostname: "server-3",
        image: "hashicorp/consul:1.22.2",
        volumes: [{ volumeName: "consul-data", containerPath: "/consul/data" }],
        restart: "unless-stopped",
        destroyGraceSeconds: 30,
        healthcheck: { tests: ["CMD", "consul", "members"] },
    });
    expect(find("Volume consul-server-3-data").inputs.name).toBe("consul-data");
    expect(agent.deleteBeforeReplace).toBe(true);
    expect(agent.replaceOnChanges).toEqual(["healthcheck", "memory", "memoryReservation"]);
});
