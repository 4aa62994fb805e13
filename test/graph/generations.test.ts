import { describe, expect, test } from "vitest";
import { Registrator } from "../../components/node/registrator.ts";
import { ConsulCluster } from "../../components/cluster/consulCluster.ts";
import {
    clusterArgs,
    declareCluster,
    keysOf,
    machines,
    requestOf,
    scriptOutputs,
} from "../support/cluster.ts";
import { declare } from "../support/declare.ts";

const lost = "server-2";

/** The servers, one of them on its second machine. */
function servers(driver: "generic" | "lab") {
    return ["server-1", lost, "server-3"].map((name) => ({
        name,
        machine: machines[driver](name),
        ...(name === lost ? { generation: 2 } : {}),
    }));
}

describe.each(["generic", "lab"] as const)(
    "a node of the driver %s on its second machine",
    (driver) => {
        test("has all its resources under another name, and no other node has", async () => {
            const first = await declareCluster(driver);
            const second = await declareCluster(driver, { servers: servers(driver) });
            const renamed = keysOf(first.declared).map((key) =>
                key.replace(new RegExp(` consul-${lost}(-|$)`), ` consul-${lost}.2$1`),
            );
            expect(keysOf(second.declared).sort()).toEqual(renamed.sort());
            const others = first.declared.filter(({ name }) => name.startsWith("consul-server-3"));
            expect(others.map(({ key }) => second.find(key).inputs)).toEqual(
                others.map(({ inputs }) => inputs),
            );
        });

        test("has its generation in the requests for its machine and its leave", async () => {
            const { find } = await declareCluster(driver, { servers: servers(driver) });
            for (const command of ["machine", "member"]) {
                const told = requestOf(find(`Command consul-${lost}.2-${command}`));
                expect(told).toMatchObject({ generation: 2 });
                const other = requestOf(find(`Command consul-server-1-${command}`));
                expect(other).not.toHaveProperty("generation");
            }
        });
    },
);

test("what else lives on that machine is of its generation", async () => {
    const { declared } = await declare(
        () => {
            const args = clusterArgs("generic", { clients: [] });
            const services = [{ name: "web", port: 80 }];
            const own = servers("generic").map((node) => ({ ...node, services }));
            const cluster = new ConsulCluster("consul", { ...args, servers: own });
            const image = { kind: "pulled", reference: "registrator:v7" } as const;
            new Registrator("watch", { node: cluster.node(lost), image });
        },
        { outputs: scriptOutputs },
    );
    const keys = keysOf(declared);
    for (const key of [
        "Command consul-server-1-services",
        `Command consul-${lost}-services.2`,
        "Command watch.2-forgotten",
        "Container watch.2-container",
        "RemoteImage watch.2-image",
    ]) {
        expect(keys).toContain(key);
    }
});
