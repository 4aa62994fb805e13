import { join } from "node:path";
import { expect, test } from "vitest";
import { Store } from "../../scripts/machine/store.ts";
import { parseJson, property } from "../../scripts/system/json.ts";
import { declareCluster, nodeNames, scriptOutputs } from "../support/cluster.ts";
import { certificates } from "../support/certificates.ts";
import { isSecret } from "../support/declare.ts";
import { tempFolder } from "../support/tempFolder.ts";

const owner = "consul-machines/dev";

/** What the answers of a stack's Commands have for another computer. */
async function answered() {
    const { ca, caKey, cert, key } = await certificates();
    const authority = {
        "certs/ca.pem": ca,
        "certs/ca-key.pem": caKey,
        "certs/cert.pem": cert,
        "certs/key.pem": key,
    };
    const machineFiles = (name: string) => ({
        [`machines/${name}/config.json`]:
            '{"Driver":{"StorePath":"{store}","IPAddress":"10.0.0.1"}}',
        [`machines/${name}/key.pem`]: key,
        [`records/${name}.json`]: JSON.stringify({ owner, state: "made" }),
    });
    return { authority, machineFiles, key };
}

test("a program lays down what its state keeps of the store, before any machine is made", async () => {
    const path = join(await tempFolder(), "clone", "store");
    const store = new Store(path);
    const { authority, machineFiles, key } = await answered();
    const { declared } = await declareCluster(
        "generic",
        { store: { path } },
        {
            outputs: (resource) => {
                const made = scriptOutputs(resource);
                const { stdin } = resource.inputs;
                const machine = property(
                    parseJson(typeof stdin === "string" ? stdin : ""),
                    "machine",
                );
                if (resource.inputs.create === "store open") {
                    return { ...made, stdout: JSON.stringify({ store: path, kept: authority }) };
                }
                return resource.inputs.create === "machine up" && typeof machine === "string"
                    ? {
                          ...made,
                          stdout: JSON.stringify({
                              ...(JSON.parse(String(made.stdout)) as object),
                              kept: machineFiles(machine),
                          }),
                      }
                    : made;
            },
        },
    );

    expect(await store.machineNames()).toEqual(nodeNames.map((node) => `dev-${node}`).toSorted());
    const first = store.machine("dev-server-1");
    expect(await first.inspect()).toMatchObject({ address: "10.0.0.1" });
    expect(await first.record()).toEqual({ owner, state: "made" });
    // It goes no further: no other resource is given any of it but in what it was given before.
    const withKey = declared.filter(({ wire }) =>
        JSON.stringify(wire).includes(JSON.stringify(key).slice(1, -1)),
    );
    for (const { wire } of withKey) {
        expect(isSecret(Reflect.get(Object(wire), "keyMaterial"))).toBe(true);
    }
});

test("what a state keeps of a path outside of the store is not laid down", async () => {
    const path = join(await tempFolder(), "clone", "store");
    await declareCluster(
        "generic",
        { store: { path } },
        {
            outputs: (resource) =>
                resource.inputs.create === "store open"
                    ? { stdout: JSON.stringify({ store: path, kept: { "../../evil": "x" } }) }
                    : scriptOutputs(resource),
        },
    );
    expect(await new Store(path).machineNames()).toEqual([]);
});
