import { expect, it } from "vitest";
import { silentProviders, withSilentProviders } from "../../../cli/stack/unreachableMachines.ts";

const secret = (value: string) => ({
    "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
    plaintext: JSON.stringify(value),
});

/** The provider of a machine, as an exported state has it. */
function provider(name: string, host: string) {
    const inputs = {
        host,
        context: "",
        caMaterial: "CA",
        certMaterial: "CERT",
        keyMaterial: secret("KEY"),
    };
    const urn = `urn:pulumi:dev::consul-machines::ConsulNode$pulumi:providers:docker::${name}-docker`;
    return {
        urn,
        custom: true,
        id: "ID",
        type: "pulumi:providers:docker",
        inputs,
        outputs: inputs,
    };
}

const command = {
    urn: "urn:pulumi:dev::p::command:local:Command::a",
    type: "command:local:Command",
};
const lab = {
    ...provider("consul-lab", ""),
    inputs: { host: "unix:///var/run/docker.sock", context: "" },
};
const one = provider("consul-server-1", "tcp://10.0.0.11:2376");
const two = provider("consul-server-2", "tcp://10.0.0.12:2376");

/** A state in which these are. */
function state(...resources: object[]) {
    return { version: 3, deployment: { manifest: { time: "now" }, resources } };
}

it("has the provider of a machine that does not answer connect to nothing, and keeps all else", async () => {
    const asked: string[] = [];
    const { deployment, silenced } = await withSilentProviders(
        state(command, lab, one, two),
        ({ inputs }) => {
            asked.push(`${inputs.host} ${inputs.keyMaterial}`);
            return Promise.resolve(inputs.host !== two.inputs.host);
        },
    );
    expect(asked).toEqual(["tcp://10.0.0.11:2376 KEY", "tcp://10.0.0.12:2376 KEY"]);
    expect(silenced).toEqual(["consul-server-2"]);
    const inputs = { host: "ssh://consul-server-2.unreachable.invalid", context: "" };
    expect(deployment).toEqual(state(command, lab, one, { ...two, inputs, outputs: inputs }));
    expect(silentProviders(deployment)).toEqual(["consul-server-2"]);
    expect(silentProviders(state(command, lab, one, two))).toEqual([]);
});

it("changes nothing where all answer, or nothing was made", async () => {
    const answering = () => Promise.resolve(true);
    const whole = state(one, two);
    expect(await withSilentProviders(whole, answering)).toEqual({
        deployment: whole,
        silenced: [],
    });
    const empty = { version: 3, deployment: {} };
    expect((await withSilentProviders(empty, answering)).silenced).toEqual([]);
});
