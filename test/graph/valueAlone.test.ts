import * as pulumi from "@pulumi/pulumi";
import * as command from "@pulumi/command";
import installed from "@pulumi/pulumi/package.json" with { type: "json" };
import { satisfies, subset } from "semver";
import { expect, test } from "vitest";
import { valueAlone } from "../../components/pulumi/valueAlone.ts";
import manifest from "../../package.json" with { type: "json" };
import { declare } from "../support/declare.ts";

/** The SDKs whose outputs it is known to take apart. With any other, see first whether the engine still
 * deletes what only joins a replaced node (pulumi/pulumi#2167, test/engine/replacing.test.ts). */
const triedVersions = ">=3.270.0 <4.0.0";

/** Declares a Command whose text comes from another's answer, and finds it. */
async function declareFollower(preview: boolean) {
    const { declared } = await declare(
        () => {
            const first = new command.local.Command("first", { create: "a" });
            new command.local.Command("follower", { create: valueAlone(first.stdout) });
        },
        { preview, outputs: () => ({ stdout: "said" }) },
    );
    const follower = declared.find(({ name }) => name === "follower");
    return { create: follower?.inputs.create, dependsOn: follower?.dependsOn };
}

test("a text without its edges is the same text", async () => {
    expect(await declareFollower(false)).toEqual({ create: "said", dependsOn: [] });
});

test("a text that is not known yet stays so", async () => {
    expect(await declareFollower(true)).toEqual({
        create: pulumi.runtime.unknownValue,
        dependsOn: [],
    });
});

test("the SDK that is installed, and those that may be, are ones that it was tried with", () => {
    expect(satisfies(installed.version, triedVersions)).toBe(true);
    expect(subset(manifest.peerDependencies["@pulumi/pulumi"], triedVersions)).toBe(true);
});
