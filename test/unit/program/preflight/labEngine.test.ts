import { join } from "node:path";
import { expect, test } from "vitest";
import { desktopProblem, labEngineProblems } from "../../../../program/preflight/labEngine.ts";
import { fakeLocalEngine } from "../../../support/fakeEngine.ts";
import { tempFolder } from "../../../support/tempFolder.ts";

const linux = { OperatingSystem: "Debian GNU/Linux 13 (trixie)", OSType: "linux" };

const network = (Name: string, Subnet: string | undefined, owner?: string) => ({
    Name,
    Labels: owner === undefined ? null : { "consul-machines.owner": owner },
    IPAM: { Config: Subnet === undefined ? null : [{ Subnet }] },
});

/** What is wrong with an engine of this kind, which has these networks. */
async function problemsWith(
    info: object,
    networks: readonly object[],
    subnet = "10.89.7.0/24",
): Promise<string[]> {
    const socket = join(await tempFolder(), "docker.sock");
    await fakeLocalEngine((request) => {
        return { body: request === "GET /info" ? info : networks };
    }, socket);
    return labEngineProblems({
        subnet,
        dockerHost: `unix://${socket}`,
        owner: "consul-machines/dev",
    });
}

test("an engine on Linux, whose networks lie elsewhere, carries a lab", async () => {
    expect(
        await problemsWith(linux, [
            network("bridge", "172.17.0.0/16"),
            network("host", undefined),
            network("six", "fd00::/64"),
        ]),
    ).toEqual([]);
});

test("Docker Desktop is refused, for it reaches no container by its address", async () => {
    const desktop = { OperatingSystem: "Docker Desktop", OSType: "linux" };
    expect(await problemsWith(desktop, [])).toEqual([
        'driver: got "lab"; lab machines are containers with addresses of their own, which Docker ' +
            "Desktop does not make reachable from this computer. Use Docker Engine on Linux (a " +
            "Linux virtual machine will do), or another driver: docs/machines.md has a stack file " +
            "for each.",
    ]);
});

test("so is any engine that is not this computer's own kind", () => {
    expect(desktopProblem(linux, "darwin")).toContain("which Docker on darwin does not make");
    expect(desktopProblem({ ...linux, OSType: "windows" }, "linux")).toContain(
        "which Docker on linux does not make",
    );
    expect(desktopProblem(linux, "linux")).toBeUndefined();
});

test("a network of others that overlaps the lab's is named", async () => {
    expect(await problemsWith(linux, [network("office", "10.88.0.0/14", "another/stack")])).toEqual(
        [
            'driverOptions.subnet: got "10.89.7.0/24"; the Docker network "office" overlaps it. ' +
                "Name another one, such as 10.89.7.0/24.",
        ],
    );
});

test("this stack's own network is no obstacle to itself", async () => {
    expect(
        await problemsWith(linux, [network("own", "10.89.7.0/24", "consul-machines/dev")]),
    ).toEqual([]);
});

test("an engine that does not answer is named by its socket, with the way out", async () => {
    const socket = join(await tempFolder(), "none.sock");
    const needs = { subnet: "10.89.7.0/24", dockerHost: `unix://${socket}`, owner: "p/s" };
    expect(await labEngineProblems(needs)).toEqual([
        'driver: got "lab"; its machines are containers here, but no Docker Engine answers at ' +
            `unix://${socket} (connect ENOENT ${socket}). Start Docker, or name its socket in ` +
            "driverOptions.dockerHost.",
    ]);
});

test.each([
    ["10.0.0.0/8", "10.89.7.0/24", true],
    ["10.89.7.0/24", "10.89.7.128/25", true],
    ["10.89.6.0/24", "10.89.7.0/24", false],
    ["10.89.8.0/24", "10.89.7.0/24", false],
    ["0.0.0.0/0", "255.255.255.0/24", true],
    ["fd00::/8", "10.89.7.0/24", false],
])("whether %s and the lab's %s share an address is %s", async (other, lab, shared) => {
    const problems = await problemsWith(linux, [network("other", other)], lab);
    expect(problems).toHaveLength(shared ? 1 : 0);
});
