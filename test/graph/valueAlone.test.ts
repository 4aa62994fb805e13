import * as pulumi from "@pulumi/pulumi";
import * as command from "@pulumi/command";
import { expect, test } from "vitest";
import { valueAlone } from "../../components/pulumi/valueAlone.ts";
import { declare } from "../support/declare.ts";

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
