import { join } from "node:path";
import type { ErrorHookArgs } from "@pulumi/pulumi";
import { expect, test } from "vitest";
import { DockerMachine } from "../../components/machine/dockerMachine.ts";
import { replaceLeftOver, replaceLeftOverHere } from "../../components/machine/leftOver.ts";
import { MachineStore } from "../../components/machine/machineStore.ts";
import { certificates } from "../support/certificates.ts";
import { scriptOutputs } from "../support/cluster.ts";
import { declare } from "../support/declare.ts";
import { putMachine } from "../support/fakeDockerMachine.ts";
import { fakeEngine, fakeLocalEngine, type Answers } from "../support/fakeEngine.ts";
import { tempFolder } from "../support/tempFolder.ts";

const owner = "consul-machines/dev";
const taken = 'Conflict. The container name "/consul" is already in use by container "abc".';

/** A failed create of a container called consul. */
function failure(over: Partial<ErrorHookArgs> = {}): ErrorHookArgs {
    return {
        urn: "urn:pulumi:dev::consul-machines::docker:index/container:Container::agent",
        id: "",
        name: "agent",
        type: "docker:index/container:Container",
        newInputs: { name: "consul" },
        failedOperation: "create",
        errors: [taken],
        ...over,
    };
}

const ours: Answers = (request) =>
    request.startsWith("GET")
        ? {
              body: {
                  Config: { Labels: { "consul-machines.owner": owner } },
                  State: { Running: false },
              },
          }
        : { status: 204 };

/** A hook for this computer's engine, which answers like this. */
async function localHook(answers: Answers) {
    const socket = join(await tempFolder(), "docker.sock");
    const { asked } = await fakeLocalEngine(answers, socket);
    const { result: hook } = await declare(() => replaceLeftOverHere("agent", owner, socket));
    return { hook, asked };
}

test("a create that fails because a left-over of ours has the name is tried again without it", async () => {
    const { hook, asked } = await localHook(ours);
    expect(await hook.callback(failure())).toBe(true);
    expect(asked).toEqual([
        "GET /containers/consul/json",
        "DELETE /containers/consul?force=true&v=true",
    ]);
});

test("somebody else's container keeps its name, and the create fails", async () => {
    const { hook, asked } = await localHook(() => ({
        body: { Config: { Labels: {} }, State: { Running: true } },
    }));
    expect(await hook.callback(failure())).toBe(false);
    expect(asked).toEqual(["GET /containers/consul/json"]);
});

test.each<[string, Partial<ErrorHookArgs>]>([
    ["for another reason", { errors: ["no space left on device"] }],
    ["in an update", { failedOperation: "update" }],
    ["without a name", { newInputs: {} }],
])("what fails %s is not handled", async (_, over) => {
    const { hook, asked } = await localHook(ours);
    expect(await hook.callback(failure(over))).toBe(false);
    expect(asked).toEqual([]);
});

test("on a machine it is the machine's own engine that is asked", async () => {
    const engine = await fakeEngine(ours);
    const store = await tempFolder();
    await putMachine(store, "dev-server-1", engine.port, await certificates());

    const { result: hook } = await declare(
        () => {
            const kept = new MachineStore("store", { path: store });
            const machine = new DockerMachine("machine", {
                machineName: "dev-server-1",
                machine: { driver: "virtualbox" },
                store: kept,
            });
            return replaceLeftOver("agent", machine);
        },
        { outputs: scriptOutputs },
    );
    expect(await hook.callback(failure())).toBe(true);
    expect(engine.asked).toHaveLength(2);
});
