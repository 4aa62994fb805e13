import { expect, test } from "vitest";
import { versionFindings } from "../../../../program/preflight/imageVersions.ts";
import { machineCpus } from "../../../../program/preflight/machineCpus.ts";
import type { ReadImage } from "../../../../program/preflight/agentImages.ts";
import type { DeclaredMachine } from "../../../../program/preflight/stackMachines.ts";
import { parseVersion } from "../../../../scripts/consul/versions.ts";
import { Machine } from "../../../../scripts/machine/machine.ts";
import { certificates } from "../../../support/certificates.ts";
import { putMachine } from "../../../support/fakeDockerMachine.ts";
import { fakeEngine } from "../../../support/fakeEngine.ts";
import { tempFolder } from "../../../support/tempFolder.ts";
import { devMachines } from "./devMachines.ts";

const owner = "consul-machines/dev";
const own = encodeURIComponent(
    JSON.stringify({ label: [`consul-machines.owner=${owner}`, "consul-machines.ports"] }),
);

/** Servers a and b, whose agents' containers are these; c is declared, and not made yet. */
async function lay(containers: readonly object[]) {
    const store = await tempFolder();
    for (const name of ["a", "b"]) {
        const engine = await fakeEngine((request) =>
            request === `GET /containers/json?filters=${decodeURIComponent(own)}`
                ? { body: containers }
                : request === "GET /version"
                  ? { body: { Arch: name === "a" ? "amd64" : "arm64" } }
                  : undefined,
        );
        await putMachine(store, `dev-${name}`, engine.port, await certificates());
        await Machine.of({ store, machine: `dev-${name}` }).writeRecord({ owner, state: "made" });
    }
    const declared = ["a", "b", "c"].map((name): DeclaredMachine => ({
        name,
        role: "server",
        machine: { driver: "amazonec2", options: {} },
    }));
    return { declared, machines: devMachines(store) };
}

function imageOf(version: string): ReadImage {
    const image = `hashicorp/consul:${version}`;
    const read = {
        path: "image",
        image,
        resolved: undefined,
        problems: [],
        architecture: undefined,
    };
    return { ...read, version: parseVersion(version) };
}

async function find(containers: readonly object[], version: string, allowVersion = "") {
    const { declared, machines } = await lay(containers);
    const images = new Map(["a", "b", "c"].map((name) => [name, imageOf(version)]));
    return versionFindings(declared, machines, images, allowVersion);
}

const labelled = [{ Labels: { "org.opencontainers.image.version": "1.22.2" }, Image: "sha256:1" }];
const tagged = [{ Labels: {}, Image: "registry.example/consul:1.22.2" }];
const mute = [{ Labels: {}, Image: "consul-machines/agent:0123456789abcdef" }];

test.each([...labelled, ...tagged])(
    "an older image is refused in a preview, once for all nodes",
    async (container) => {
        const { problems, warnings } = await find([container], "1.20.6");
        expect(problems).toEqual([
            expect.stringMatching(
                /^image: got "hashicorp\/consul:1\.20\.6"; Consul 1\.22\.2 runs, and the image has 1\.20\.6, an older one: .* \(a, b\)$/,
            ),
        ]);
        expect(warnings).toEqual([]);
    },
);

test("and taken where it is allowed by its version", async () => {
    const { problems, warnings } = await find(labelled, "1.20.6", "1.20.6");
    expect(problems).toEqual([]);
    expect(warnings).toEqual([expect.stringContaining("an older one")]);
});

test("what tells no version is left to the run", async () => {
    expect(await find(mute, "1.20.6")).toEqual({ problems: [], warnings: [] });
});

test("the CPU of a machine that exists is its engine's, and of others it is not known", async () => {
    const { declared, machines } = await lay([]);
    expect(await machineCpus(declared, machines, { lab: undefined })).toEqual(
        new Map([
            ["a", "amd64"],
            ["b", "arm64"],
        ]),
    );
});
