import { execFile } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { isLab, type NodeArgs } from "../../../components/cluster/clusterArgs.ts";
import { driverFlags, isGeneric, isKnownHost } from "../../../components/machine/machineArgs.ts";
import { listedOptions } from "../../../program/preflight/driverOptions.ts";
import { binaryNames, findBinary } from "../../../scripts/machine/dockerMachineCli.ts";
import { readSettings } from "../../../program/settings/settings.ts";

const folder = join(import.meta.dirname, "../../../examples/stacks");
const stacks = readdirSync(folder).map((file) => ({
    file,
    stack: file.replace(/^Pulumi\.(.*)\.yaml$/, "$1"),
}));
const project = "consul-machines";

/** A stack file as Pulumi hands it to the program: text by key, JSON for all but strings. */
function configOf(file: string): Record<string, string> {
    const { config } = parse(readFileSync(join(folder, file), "utf8")) as {
        config: Record<string, unknown>;
    };
    return Object.fromEntries(
        Object.entries(config).map(([key, value]) => [
            key.slice(project.length + 1),
            typeof value === "string" ? value : JSON.stringify(value),
        ]),
    );
}

const read = (file: string, stack: string) => readSettings(configOf(file), { project, stack });

/** The servers that a file declares, each with a machine of its own. */
function serversOf(file: string, stack: string): readonly NodeArgs[] {
    const { nodes } = read(file, stack).sound;
    return nodes.machine === undefined ? nodes.servers : [];
}

/** Names of the flags that docker-machine is given for one node. */
function flagNames({ machine }: NodeArgs): string[] {
    if (isLab(machine) || (isGeneric(machine) && !isKnownHost(machine))) {
        return [];
    }
    return driverFlags(machine).map((flag) => flag.slice("--".length).split("=")[0] ?? "");
}

const binary = await findBinary(undefined).catch(() => undefined);
const skipped = binary === undefined ? ` (skipped: none of ${binaryNames.join(", ")} on PATH)` : "";

describe("the example stacks", () => {
    it("are one for virtual machines, one for hosts that exist, one for a cloud", () => {
        expect(stacks.map(({ stack }) => stack)).toEqual(["amazonec2", "generic", "virtualbox"]);
    });

    for (const { file, stack } of stacks) {
        it(`${file} has no problem, and its driver is the one in its name`, () => {
            const { settings, problems } = read(file, stack);
            expect(problems).toEqual([]);
            expect(settings?.driver).toBe(stack);
        });

        it(`${file} sets nothing by a key without the project's name`, () => {
            const { config } = parse(readFileSync(join(folder, file), "utf8")) as {
                config: Record<string, unknown>;
            };
            const others = Object.keys(config).filter((key) => !key.startsWith(`${project}:`));
            expect(others).toEqual([]);
        });

        it.skipIf(binary === undefined)(
            `${file} uses only flags that docker-machine lists for its driver${skipped}`,
            async () => {
                const words = ["create", "--driver", stack, "--help"];
                const { stdout } = await promisify(execFile)(binary ?? "", words);
                const listed = new Set(listedOptions(stdout, stack));
                const used = new Set(serversOf(file, stack).flatMap(flagNames));
                expect(used.size).toBeGreaterThan(0);
                expect([...used].filter((flag) => !listed.has(flag))).toEqual([]);
            },
        );
    }

    it("warn only of the walkthrough's own even number of servers", () => {
        const warned = stacks.flatMap(({ file, stack }) =>
            read(file, stack).warnings.map(
                (warning) => `${stack}: ${/^\w+: \d+ servers/.exec(warning)?.[0] ?? warning}`,
            ),
        );
        expect(warned).toEqual(["virtualbox: servers: 2 servers"]);
    });

    it("settle what each node's machine is made of", () => {
        const servers = serversOf("Pulumi.generic.yaml", "generic");
        expect(servers.map(({ machine }) => machine)).toEqual(
            ["192.168.1.11", "192.168.1.12", "192.168.1.13"].map((address, index) => ({
                driver: "generic",
                address,
                sshUser: "deploy",
                sshKey: "/home/deploy/.ssh/id_ed25519",
                enginePort: 2376,
                ...(index === 2 ? { sshPort: 2222 } : {}),
            })),
        );
    });
});
