import { expect, it } from "vitest";
import { keptFiles } from "../../../cli/stack/keptStore.ts";
import { StackState } from "../../../cli/stack/stackState.ts";
import { secret } from "../../support/fakeStack.ts";

const privateKey = "-----BEGIN RSA PRIVATE KEY-----\nMIIE";
const config = (machine: string) => `machines/${machine}/config.json`;

function command(create: string, store: string, answer: object): object {
    return {
        urn: `urn:pulumi:dev::shop::command:local:Command::${create}-${store}`,
        type: "command:local:Command",
        inputs: { create, stdin: JSON.stringify({ store }) },
        outputs: { stdout: secret(JSON.stringify(answer)) },
    };
}

it("of a machine store is what the program exports, and what its Commands answered of that store", () => {
    const state = new StackState({
        resources: [
            {
                urn: "urn:pulumi:dev::shop::pulumi:pulumi:Stack::shop-dev",
                type: "pulumi:pulumi:Stack",
                outputs: {
                    machineStore: secret({
                        format: 1,
                        files: { [config("dev-a")]: "exported", "certs/ca.pem": "CA" },
                    }),
                },
            },
            command("machine up", "mine", { kept: { [config("dev-a")]: "answered" } }),
            command("store open", "mine", { kept: { "certs/key.pem": privateKey } }),
            command("machine up", "other", { kept: { [config("dev-b")]: "of another store" } }),
            // A path that leads out of the store is none.
            command("machine up", "mine", { kept: { "../escaped": "x" } }),
        ],
    });
    expect(keptFiles(state, "mine")).toEqual({
        [config("dev-a")]: "answered",
        "certs/ca.pem": "CA",
        "certs/key.pem": privateKey,
    });
    expect(state.secrets).toContain(privateKey);
});
