import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { NodeArgs } from "../../../../components/cluster/clusterArgs.ts";
import type { DriverOption } from "../../../../components/machine/machineArgs.ts";
import {
    driverOptionProblems,
    listedOptions,
    unknownOptions,
} from "../../../../program/preflight/driverOptions.ts";
import { stubEnv } from "../../../support/stubEnv.ts";
import { tempFolder } from "../../../support/tempFolder.ts";

/** What `rancher-machine create --driver amazonec2 --help` prints, shortened. */
const help = `Usage: docker-machine create [OPTIONS] [arg...]

Create a machine

Description:
   Run 'docker-machine create --driver name --help' to include the create flags for that driver in the help text.

Options:
   
   --amazonec2-access-key 										AWS Access Key [$AWS_ACCESS_KEY_ID]
   --amazonec2-block-duration-minutes "0"								AWS spot instance duration in minutes (60, 120)
   --amazonec2-monitoring										Set this flag to enable CloudWatch monitoring
   --amazonec2-open-port [--amazonec2-open-port option --amazonec2-open-port option]			Make the specified port number accessible
   --amazonec2-region "us-east-1"									AWS region [$AWS_DEFAULT_REGION]
   --driver, -d "virtualbox"										Driver to create machine with. [$MACHINE_DRIVER]
   --engine-env [--engine-env option --engine-env option]						Specify environment variables to set in the engine
   --swarm											Configure Machine to join a Swarm cluster
`;

/** A docker-machine that only has help, for one driver; it tells what it was called with. */
async function binary(): Promise<string> {
    const folder = await tempFolder();
    const file = join(folder, "docker-machine");
    await writeFile(join(folder, "help"), help);
    await writeFile(
        file,
        `#!/bin/sh
if [ "$*" = "create --driver amazonec2 --help" ] && [ -z "$DOCKER_HOST" ]
then cat "${folder}/help"
else echo "Driver \\"$3\\" not found." >&2; exit 1
fi
`,
    );
    await chmod(file, 0o755);
    return file;
}

const node = (driver: string, options: Readonly<Record<string, DriverOption>>): NodeArgs => ({
    name: "a",
    machine: { driver, options },
});

const names = ["access-key", "block-duration-minutes", "monitoring", "open-port", "region"];

test("a driver's options are read from its help, without those of others", () => {
    expect(listedOptions(help, "amazonec2")).toEqual(names.map((name) => `amazonec2-${name}`));
    expect(listedOptions(help, "amazon")).toEqual([]);
});

test("options that the driver has are fine", () => {
    expect(unknownOptions("x", ["a", "b-c"], ["x-a", "x-b-c", "x-d"])).toEqual([]);
});

test("the nodes' options are held against the binary's own list, each unknown one named once", async () => {
    stubEnv("DOCKER_HOST", "tcp://10.0.0.1:2376");
    const nodes = [
        node("amazonec2", { region: "eu-west-1", zone: "a" }),
        node("amazonec2", { zone: "b", monitoring: true, "amazonec2-region": "x" }),
    ];
    const rule = `there is no such option of the driver amazonec2; it has ${names.join(", ")}`;
    expect(await driverOptionProblems(nodes, await binary())).toEqual([
        `driverOptions.zone: ${rule}`,
        `driverOptions.amazonec2-region: ${rule}`,
    ]);
});

test("a driver that the binary does not have is reported in the binary's words", async () => {
    const file = await binary();
    expect(await driverOptionProblems([node("nonsense", {})], file)).toEqual([
        `driver: got "nonsense"; ${file} does not offer it: Driver "nonsense" not found.`,
    ]);
});

test("a binary that is not there is reported for the drivers that we know by ourselves, too", async () => {
    stubEnv("PATH", await tempFolder());
    const nodes: NodeArgs[] = [
        { name: "a", machine: { driver: "virtualbox" } },
        { name: "b", machine: { driver: "generic", address: "192.0.2.1" } },
        { name: "c", machine: { driver: "lab", address: "10.1.2.3" } },
    ];
    expect(await driverOptionProblems(nodes, undefined)).toEqual([
        expect.stringMatching(
            /^dockerMachine: found none of "docker-machine", "rancher-machine"; /,
        ),
    ]);
});

test("a binary that is not there is reported once", async () => {
    stubEnv("PATH", await tempFolder());
    const nodes = [node("amazonec2", {}), node("digitalocean", {})];
    expect(await driverOptionProblems(nodes, undefined)).toEqual([
        'dockerMachine: found none of "docker-machine", "rancher-machine"; install docker-machine ' +
            "(the GitLab fork is maintained) or rancher-machine on PATH, or name the binary in the " +
            'setting "consul-machines:dockerMachine".',
    ]);
});
