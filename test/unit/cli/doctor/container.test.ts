import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { EngineApi } from "../../../../scripts/docker/engineApi.ts";
import { askContainer } from "../../../../cli/doctor/gather/container.ts";
import { fakeLocalEngine } from "../../../support/fakeEngine.ts";
import { tempFolder } from "../../../support/tempFolder.ts";

const now = new Date("2026-01-01T12:00:00Z");
const node = (Id: string, name: string) => {
    return { Id, Names: ["/other"], Labels: { "consul-machines.node": name } };
};
const inspected = {
    State: { Status: "exited", ExitCode: 1, Error: "" },
    NetworkSettings: {
        Ports: {
            "8301/udp": [{ HostIp: "10.0.0.1", HostPort: "8301" }],
            "8600/tcp": [
                { HostIp: "10.0.0.1", HostPort: "8600" },
                { HostIp: "172.17.0.1", HostPort: "53" },
            ],
            "8302/tcp": null,
        },
    },
};
const log =
    "2026-01-01T11:00:00Z [INFO] agent: started\n" +
    "2026-01-01T11:30:00Z [ERROR] agent: refusing to rejoin cluster because server has been offline\n";

/** What is learned of server-1's container on an engine that lists these. */
async function ask(listed: readonly object[]) {
    const socket = join(await tempFolder(), "docker.sock");
    const { asked } = await fakeLocalEngine((request) => {
        switch (request.split("?")[0]) {
            case "GET /containers/json":
                return { body: listed };
            case "GET /containers/one/json":
                return { body: inspected };
            case "GET /containers/one/logs":
                return { body: log };
            default:
                return undefined;
        }
    }, socket);
    const learned = await askContainer(new EngineApi({ socketPath: socket }), "server-1", now);
    return { learned, asked };
}

describe("askContainer", () => {
    it("finds the node's container by its label among others, and reads state, ports and log", async () => {
        const { learned } = await ask([node("two", "server-2"), node("one", "server-1")]);
        expect(learned.container).toEqual({
            state: "exited",
            exitCode: 1,
            error: "",
            published: [
                { port: 8301, protocol: "udp", ip: "10.0.0.1", hostPort: 8301 },
                { port: 8600, protocol: "tcp", ip: "10.0.0.1", hostPort: 8600 },
                { port: 8600, protocol: "tcp", ip: "172.17.0.1", hostPort: 53 },
            ],
            lastLines: log.trim().split("\n"),
        });
        expect(learned.signs.map(({ kind }) => kind)).toEqual(["offline-too-long"]);
    });

    it("takes one that was made by hand, told by its name", async () => {
        const { learned } = await ask([{ Id: "one", Names: ["/consul"], Labels: null }]);
        expect(learned.container?.state).toBe("exited");
    });

    it("tells what each container of the machine publishes, and whether it is an agent's", async () => {
        const Ports = [
            { IP: "0.0.0.0", PrivatePort: 80, PublicPort: 8502, Type: "tcp" },
            { PrivatePort: 8300, Type: "tcp" },
        ];
        const { learned } = await ask([
            { ...node("one", "server-1"), Ports: [] },
            { ...node("two", "server-2"), Ports },
            { Id: "three", Names: ["/mesh"], Labels: null, Ports },
        ]);
        const published = [{ ip: "0.0.0.0", port: 80, hostPort: 8502, protocol: "tcp" }];
        expect(learned.publishers).toEqual([
            { container: "other", isAgents: true, published },
            { container: "mesh", isAgents: false, published },
        ]);
    });

    it("asks for those that are stopped too, and tells that there is none", async () => {
        const { learned, asked } = await ask([{ Id: "two", Names: ["/redis"] }]);
        expect(learned).toEqual({ container: null, publishers: [], signs: [] });
        expect(asked).toEqual(["GET /containers/json?all=true"]);
    });
});
